# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Sources for assemblers, for what makes scanners and parsers, and for what
tidies sources."""

import os

from made import folder, makes


def _source(name, text):
    makes(name)(lambda: text.lstrip("\n").encode())


_source("square.asm", r'''
        bits 64
        global square, checksum
        section .text
square: mov     rax, rdi
        imul    rax, rdi
        ret
checksum:
        xor     eax, eax
        test    rsi, rsi
        jz      .done
.next:  movzx   edx, byte [rdi]
        rol     eax, 5
        xor     eax, edx
        inc     rdi
        dec     rsi
        jnz     .next
.done:  ret
%macro  table 1
%assign i 0
%rep    %1
        dd      i * i
%assign i i + 1
%endrep
%endmacro
        section .data
squares: table 256
''')

_source("sums.y", r'''
%{
#include <stdio.h>
int yylex(void);
void yyerror(const char *why);
%}
%define parse.error verbose
%union { double number; char *name; }
%token <number> NUMBER
%token <name> NAME
%type <number> sum
%left '+' '-'
%left '*' '/'
%precedence NEGATIVE
%right '^'
%%
lines: %empty | lines line;
line: '\n' | sum '\n' { printf("%g\n", $1); } | error '\n' { yyerrok; };
sum: NUMBER
   | NAME '(' list ')' { $$ = 0; }
   | sum '+' sum { $$ = $1 + $3; }
   | sum '-' sum { $$ = $1 - $3; }
   | sum '*' sum { $$ = $1 * $3; }
   | sum '/' sum { $$ = $1 / $3; }
   | '-' sum %prec NEGATIVE { $$ = -$2; }
   | sum '^' sum { $$ = $1; }
   | '(' sum ')' { $$ = $2; };
list: sum | list ',' sum;
%%
''')

_source("keywords.gperf", "%language=ANSI-C\n%struct-type\nstruct keyword { "
        "const char *name; int number; };\n%%\n" + "".join(
            f"{word}, {n}\n" for n, word in enumerate(
                "auto break case char const continue default do double else enum "
                "extern float for goto if inline int long register restrict "
                "return short signed sizeof static struct switch typedef union "
                "unsigned void volatile while".split())))

_source("scan.re", r'''
enum kind { END, NUMBER, NAME, STRING, OTHER };
enum kind scan(const char **at) {
  const char *YYCURSOR = *at, *YYMARKER;
  /*!re2c
    re2c:yyfill:enable = 0;
    re2c:define:YYCTYPE = "unsigned char";
    number = "0" | [1-9][0-9]* ("." [0-9]+)? ([eE] [+-]? [0-9]+)?;
    name = [a-zA-Z_][a-zA-Z0-9_]*;
    string = ["] ([^"\\\x00] | "\\" .)* ["];
    "\x00" { return END; }
    number { *at = YYCURSOR; return NUMBER; }
    name { *at = YYCURSOR; return NAME; }
    string { *at = YYCURSOR; return STRING; }
    * { *at = YYCURSOR; return OTHER; }
  */
}
''')

_source("address.rl", r'''
%%{
  machine address;
  action octet { octets++; }
  octet = ('25' [0-5] | '2' [0-4] digit | [01]? digit digit?) %octet;
  main := octet ('.' octet){3} (':' digit{1,5})? '\n';
}%%
%% write data;
int parse(const char *p, const char *pe) {
  int cs, octets = 0;
  %% write init;
  %% write exec;
  return cs >= address_first_final ? octets : -1;
}
''')

_source("page.m4", r'''
changequote(`[', `]')dnl
define([repeat], [ifelse([$1], [0], [], [$2repeat(decr([$1]), [$2])])])dnl
define([item], [<li id="i$1">$2</li>])dnl
define([fib], [ifelse(eval($1 < 2), 1, [$1], [eval(fib(decr($1)) + fib(decr(decr($1))))])])dnl
<ul>
item(1, [pool])
item(2, fib(15))
</ul>
repeat(20, [- ])
translit([lock], [a-z], [A-Z]) patsubst([no more memory], [\bmo], [le]) len([cell])
''')

_RECORDS = r'''
syntax = "proto3";
package records;
message Person {
  int32 id = 1;
  string name = 2;
  enum Kind { UNKNOWN = 0; HOME = 1; WORK = 2; }
  message Phone { string number = 1; Kind kind = 2; }
  repeated Phone phones = 4;
  map<string, double> weights = 5;
  oneof place { string city = 6; bytes point = 7; }
}
message Book { repeated Person people = 1; }
'''


@makes("protos.dir")
def protos_dir():
    """A directory with records.proto."""
    place = os.path.join(folder(), "protos.dir")
    os.makedirs(place, exist_ok=True)
    with open(os.path.join(place, "records.proto"), "w") as file:
        file.write(_RECORDS.lstrip())

_source("ugly.c", "int main(int argc,char**argv){if(argc>1){int i;for(i=0;i<argc;"
        "i++){switch(argv[i][0]){case 'a':puts(\"a\");break;default:"
        "while(i<3)i++;}}}else{return argc?1:2;}/* done */return 0;}\n" * 40)
