// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tests/jail/z3_proof.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <sys/syscall.h>
#include <z3++.h>

#include <cstddef>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace cellblock {
namespace {

// --- What the kernel loads -------------------------------------------------

bool IsConditionalJump(uint16_t code) {
  switch (code) {
    case BPF_JMP | BPF_JEQ | BPF_K:
    case BPF_JMP | BPF_JEQ | BPF_X:
    case BPF_JMP | BPF_JGT | BPF_K:
    case BPF_JMP | BPF_JGT | BPF_X:
    case BPF_JMP | BPF_JGE | BPF_K:
    case BPF_JMP | BPF_JGE | BPF_X:
    case BPF_JMP | BPF_JSET | BPF_K:
    case BPF_JMP | BPF_JSET | BPF_X:
      return true;
    default:
      return false;
  }
}

bool IsArithmetic(uint16_t code) {
  switch (code) {
    case BPF_ALU | BPF_ADD | BPF_K:
    case BPF_ALU | BPF_ADD | BPF_X:
    case BPF_ALU | BPF_SUB | BPF_K:
    case BPF_ALU | BPF_SUB | BPF_X:
    case BPF_ALU | BPF_MUL | BPF_K:
    case BPF_ALU | BPF_MUL | BPF_X:
    case BPF_ALU | BPF_DIV | BPF_K:
    case BPF_ALU | BPF_DIV | BPF_X:
    case BPF_ALU | BPF_AND | BPF_K:
    case BPF_ALU | BPF_AND | BPF_X:
    case BPF_ALU | BPF_OR | BPF_K:
    case BPF_ALU | BPF_OR | BPF_X:
    case BPF_ALU | BPF_XOR | BPF_K:
    case BPF_ALU | BPF_XOR | BPF_X:
    case BPF_ALU | BPF_LSH | BPF_K:
    case BPF_ALU | BPF_LSH | BPF_X:
    case BPF_ALU | BPF_RSH | BPF_K:
    case BPF_ALU | BPF_RSH | BPF_X:
    case BPF_ALU | BPF_NEG:
      return true;
    default:
      return false;
  }
}

bool IsReturn(uint16_t code) {
  return code == (BPF_RET | BPF_K) || code == (BPF_RET | BPF_A);
}

bool ReadsScratch(uint16_t code) {
  return code == (BPF_LD | BPF_MEM) || code == (BPF_LDX | BPF_MEM);
}

bool WritesScratch(uint16_t code) { return code == BPF_ST || code == BPF_STX; }

// Everything else that seccomp takes: of classic BPF neither the remainder nor
// loads other than of whole words at fixed places.
bool IsMove(uint16_t code) {
  switch (code) {
    case BPF_LD | BPF_W | BPF_ABS:
    case BPF_LD | BPF_W | BPF_LEN:
    case BPF_LDX | BPF_W | BPF_LEN:
    case BPF_LD | BPF_IMM:
    case BPF_LDX | BPF_IMM:
    case BPF_MISC | BPF_TAX:
    case BPF_MISC | BPF_TXA:
      return true;
    default:
      return false;
  }
}

bool IsKnown(uint16_t code) {
  return IsConditionalJump(code) || IsArithmetic(code) || IsReturn(code) ||
         ReadsScratch(code) || WritesScratch(code) || IsMove(code) ||
         code == (BPF_JMP | BPF_JA);
}

// What is wrong with an instruction that has `after` others behind it, by
// itself; null iff nothing is.
const char* FaultOf(const sock_filter& insn, size_t after) {
  if (!IsKnown(insn.code)) return "an instruction that seccomp does not take";
  if (IsConditionalJump(insn.code) && (insn.jt >= after || insn.jf >= after)) {
    return "a jump past the end";
  }
  if ((ReadsScratch(insn.code) || WritesScratch(insn.code)) &&
      insn.k >= BPF_MEMWORDS) {
    return "a scratch word that there is not";
  }
  switch (insn.code) {
    case BPF_JMP | BPF_JA:
      return insn.k >= after ? "a jump past the end" : nullptr;
    case BPF_LD | BPF_W | BPF_ABS:
      return insn.k >= sizeof(seccomp_data) || insn.k % 4 != 0
                 ? "a load outside of seccomp_data or across its words"
                 : nullptr;
    case BPF_ALU | BPF_DIV | BPF_K:
      return insn.k == 0 ? "a division by zero" : nullptr;
    case BPF_ALU | BPF_LSH | BPF_K:
    case BPF_ALU | BPF_RSH | BPF_K:
      return insn.k >= 32 ? "a shift by more than a word" : nullptr;
    default:
      return nullptr;
  }
}

// True iff some path, whether or not a call can take it, reads a scratch word
// that it has not written. Code that no path reaches has written all.
bool ReadsUnwrittenScratch(FilterProgram program) {
  constexpr uint32_t kAll = (1u << BPF_MEMWORDS) - 1;
  std::vector<uint32_t> written(program.size(), kAll);
  uint32_t now = 0;
  for (size_t at = 0; at < program.size(); ++at) {
    const sock_filter& insn = program[at];
    now &= written[at];
    if (WritesScratch(insn.code)) now |= 1u << insn.k;
    if (ReadsScratch(insn.code) && (now & 1u << insn.k) == 0) return true;
    if (IsConditionalJump(insn.code)) {
      written[at + 1 + insn.jt] &= now;
      written[at + 1 + insn.jf] &= now;
      now = kAll;
    } else if (insn.code == (BPF_JMP | BPF_JA)) {
      written[at + 1 + insn.k] &= now;
      now = kAll;
    }
  }
  return false;
}

// Why the kernel would not load `program`; null iff it would.
const char* WhyNotLoaded(FilterProgram program) {
  if (program.empty()) return "no instruction";
  if (program.size() > BPF_MAXINSNS) return "too many instructions";
  for (size_t at = 0; at < program.size(); ++at) {
    if (const char* fault = FaultOf(program[at], program.size() - at - 1)) {
      return fault;
    }
  }
  if (!IsReturn(program.back().code)) return "no return at the end";
  if (ReadsUnwrittenScratch(program)) return "a read of an unwritten word";
  return nullptr;
}

// --- The unknown call ------------------------------------------------------

z3::expr Word(z3::context& context, uint32_t value) {
  return context.bv_val(value, 32);
}

z3::expr Word64(z3::context& context, uint64_t value) {
  return context.bv_val(value, 64);
}

struct UnknownCall {
  explicit UnknownCall(z3::context& context)
      : number(context.bv_const("number", 32)),
        arch(context.bv_const("arch", 32)),
        instruction_pointer(context.bv_const("instruction_pointer", 64)) {
    for (const char* name : {"arg0", "arg1", "arg2", "arg3", "arg4", "arg5"}) {
      args.push_back(context.bv_const(name, 64));
    }
  }

  // The word at `offset` of seccomp_data on a little-endian machine.
  z3::expr WordAt(uint32_t offset) const {
    if (offset == offsetof(seccomp_data, nr)) return number;
    if (offset == offsetof(seccomp_data, arch)) return arch;
    const uint32_t low = offset % 8 == 0 ? 0 : 32;
    const z3::expr& whole =
        offset < offsetof(seccomp_data, args)
            ? instruction_pointer
            : args[(offset - offsetof(seccomp_data, args)) / 8];
    return whole.extract(low + 31, low);
  }

  z3::expr number;
  z3::expr arch;
  z3::expr instruction_pointer;
  std::vector<z3::expr> args;
};

// Words, each for the calls of one condition, of which no two hold at once. The
// conditions of equal words become one.
class Cases {
 public:
  explicit Cases(z3::context& context) : context_(context) {}

  void Add(const z3::expr& condition, const z3::expr& word) {
    for (auto& [known, conditions] : cases_) {
      if (z3::eq(known, word)) {
        conditions.push_back(condition);
        return;
      }
    }
    cases_.emplace_back(word, z3::expr_vector(context_));
    cases_.back().second.push_back(condition);
  }

  // The word of the condition that holds; `otherwise` where none does.
  z3::expr Else(z3::expr otherwise) const {
    for (const auto& [word, conditions] : cases_) {
      otherwise = z3::ite(z3::mk_or(conditions), word, otherwise);
    }
    return otherwise;
  }

  // The same where one of them does hold.
  z3::expr One() const {
    z3::expr one = cases_.front().first;
    for (size_t i = 1; i < cases_.size(); ++i) {
      one = z3::ite(z3::mk_or(cases_[i].second), cases_[i].first, one);
    }
    return one;
  }

 private:
  z3::context& context_;
  std::vector<std::pair<z3::expr, z3::expr_vector>> cases_;
};

// --- The policy ------------------------------------------------------------

uint32_t AnswerToDenied(Notify notify) {
  switch (notify) {
    case Notify::kNobody:
      return SECCOMP_RET_KILL_PROCESS;
    case Notify::kHandler:
      return SECCOMP_RET_TRAP;
    case Notify::kSupervisor:
      return SECCOMP_RET_USER_NOTIF;
    case Notify::kOuter:
      return SECCOMP_RET_TRACE;
  }
  throw std::invalid_argument("no such Notify");
}

uint32_t AnswerOf(const Rule& rule, const Binding& binding) {
  const uint32_t denied = AnswerToDenied(binding.notify);
  switch (rule.action) {
    case Action::kAllow:
      return binding.thread_start == ThreadStart::kAsked &&
                     rule.syscall == SYS_clone
                 ? SECCOMP_RET_USER_NOTIF
                 : SECCOMP_RET_ALLOW;
    case Action::kErrno:
      return SECCOMP_RET_ERRNO | static_cast<uint32_t>(rule.error);
    case Action::kTrap:
      return SECCOMP_RET_TRAP;
    case Action::kKill:
      return SECCOMP_RET_KILL_PROCESS;
    case Action::kRefuse:
    case Action::kViolation:
      return denied;
  }
  throw std::invalid_argument("no such Action");
}

// True for the calls that `rule` decides if no row before it does.
z3::expr Matches(z3::context& context, const UnknownCall& call,
                 const Rule& rule, const Binding& binding) {
  z3::expr matches = call.number == Word(context, rule.syscall);
  for (size_t i = 0; i < rule.condition_count; ++i) {
    const ArgCondition& condition = rule.conditions[i];
    const uint64_t value = condition.value == kOwnPid
                               ? static_cast<uint32_t>(binding.own_pid)
                               : condition.value;
    matches = matches &&
              (call.args[condition.arg] & Word64(context, condition.mask)) ==
                  Word64(context, value);
  }
  return matches;
}

// True for the calls that row `at` decides: those it matches and no row of the
// same call before it does. Rows of other calls match none of them.
z3::expr Decides(z3::context& context, const UnknownCall& call,
                 const Policy& policy, const Binding& binding, size_t at) {
  const std::span<const Rule> rules = policy.rules();
  z3::expr decides = Matches(context, call, rules[at], binding);
  for (size_t before = 0; before < at; ++before) {
    if (rules[before].syscall != rules[at].syscall) continue;
    decides = decides && !Matches(context, call, rules[before], binding);
  }
  return decides;
}

// What the policy answers, a word.
z3::expr PolicyAnswer(z3::context& context, const UnknownCall& call,
                      const Policy& policy, const Binding& binding) {
  const z3::expr kill = Word(context, SECCOMP_RET_KILL_PROCESS);
  const z3::expr denied = Word(context, AnswerToDenied(binding.notify));
  Cases rows(context);
  for (size_t i = 0; i < policy.rules().size(); ++i) {
    rows.Add(Decides(context, call, policy, binding, i),
             Word(context, AnswerOf(policy.rules()[i], binding)));
  }
  const z3::expr native = rows.Else(denied);
  // Of the numbers that x32 has, and above, the last is one that a tracer has
  // skipped: a call without a row.
  const z3::expr known =
      z3::ite(z3::uge(call.number, Word(context, 0x40000000)), kill, native);
  const z3::expr answer =
      z3::ite(call.number == Word(context, 0xffffffff), denied, known);
  return z3::ite(call.arch == Word(context, AUDIT_ARCH_X86_64), answer, kill);
}

// --- The program -----------------------------------------------------------

// The registers in front of an instruction, for the calls that reach it.
struct Machine {
  z3::expr reached;
  z3::expr a;
  z3::expr x;
  std::vector<z3::expr> scratch;
};

// Runs a program that the kernel loads on the unknown call: since jumps only
// go forward, once through all instructions, each with the machines of all
// paths to it merged into one.
class Execution {
 public:
  Execution(z3::context& context, const UnknownCall& call,
            FilterProgram program)
      : context_(context),
        call_(call),
        program_(program),
        arrivals_(program.size()),
        returns_(context) {}

  // What the program returns.
  z3::expr Answer() {
    const z3::expr zero = Word(context_, 0);
    Arrive(0, {context_.bool_val(true), zero, zero,
               std::vector<z3::expr>(BPF_MEMWORDS, zero)});
    for (size_t at = 0; at < program_.size(); ++at) {
      if (!arrivals_[at].empty()) Step(at, Merge(arrivals_[at]));
    }
    return returns_.One();
  }

 private:
  void Arrive(size_t at, const Machine& machine) {
    arrivals_[at].push_back(machine);
  }

  // One machine for all paths to one place. A call takes one path, so it is
  // `reached` that tells them apart.
  Machine Merge(const std::vector<Machine>& arrivals) const {
    z3::expr_vector reached(context_);
    Cases a(context_);
    Cases x(context_);
    std::vector<Cases> scratch(BPF_MEMWORDS, Cases(context_));
    for (const Machine& machine : arrivals) {
      reached.push_back(machine.reached);
      a.Add(machine.reached, machine.a);
      x.Add(machine.reached, machine.x);
      for (size_t i = 0; i < scratch.size(); ++i) {
        scratch[i].Add(machine.reached, machine.scratch[i]);
      }
    }
    Machine merged = {z3::mk_or(reached), a.One(), x.One(), {}};
    for (const Cases& word : scratch) merged.scratch.push_back(word.One());
    return merged;
  }

  void Step(size_t at, Machine machine) {
    const sock_filter& insn = program_[at];
    switch (BPF_CLASS(insn.code)) {
      case BPF_RET:
        returns_.Add(machine.reached, BPF_RVAL(insn.code) == BPF_A
                                          ? machine.a
                                          : Word(context_, insn.k));
        return;
      case BPF_JMP:
        Jump(at, machine);
        return;
      case BPF_ALU:
        Compute(insn, machine);
        break;
      default:
        Move(insn, machine);
    }
    Arrive(at + 1, machine);
  }

  void Jump(size_t at, const Machine& machine) {
    const sock_filter& insn = program_[at];
    if (BPF_OP(insn.code) == BPF_JA) {
      Arrive(at + 1 + insn.k, machine);
      return;
    }
    const z3::expr condition = ConditionOf(insn, machine);
    Machine taken = machine;
    taken.reached = machine.reached && condition;
    Arrive(at + 1 + insn.jt, taken);
    taken.reached = machine.reached && !condition;
    Arrive(at + 1 + insn.jf, taken);
  }

  z3::expr Operand(const sock_filter& insn, const Machine& machine) const {
    return BPF_SRC(insn.code) == BPF_X ? machine.x : Word(context_, insn.k);
  }

  z3::expr ConditionOf(const sock_filter& insn, const Machine& machine) const {
    const z3::expr operand = Operand(insn, machine);
    switch (BPF_OP(insn.code)) {
      case BPF_JEQ:
        return machine.a == operand;
      case BPF_JGT:
        return z3::ugt(machine.a, operand);
      case BPF_JGE:
        return z3::uge(machine.a, operand);
      case BPF_JSET:
        return (machine.a & operand) != Word(context_, 0);
      default:
        throw std::logic_error("a jump that is not known");
    }
  }

  void Compute(const sock_filter& insn, Machine& machine) {
    const z3::expr operand = Operand(insn, machine);
    switch (BPF_OP(insn.code)) {
      case BPF_ADD:
        machine.a = machine.a + operand;
        return;
      case BPF_SUB:
        machine.a = machine.a - operand;
        return;
      case BPF_MUL:
        machine.a = machine.a * operand;
        return;
      case BPF_DIV:
        Divide(operand, machine);
        return;
      case BPF_AND:
        machine.a = machine.a & operand;
        return;
      case BPF_OR:
        machine.a = machine.a | operand;
        return;
      case BPF_XOR:
        machine.a = machine.a ^ operand;
        return;
      case BPF_LSH:
        machine.a = z3::shl(machine.a, ShiftCount(operand));
        return;
      case BPF_RSH:
        machine.a = z3::lshr(machine.a, ShiftCount(operand));
        return;
      case BPF_NEG:
        machine.a = -machine.a;
        return;
      default:
        throw std::logic_error("an operation that is not known");
    }
  }

  // The kernel ends a program that divides by zero, as if it returned 0.
  void Divide(const z3::expr& divisor, Machine& machine) {
    const z3::expr by_zero = divisor == Word(context_, 0);
    returns_.Add(machine.reached && by_zero,
                 Word(context_, SECCOMP_RET_KILL_THREAD));
    machine.reached = machine.reached && !by_zero;
    machine.a = z3::udiv(machine.a, divisor);
  }

  // Of a count in X the kernel's interpreter and x86-64 use five bits.
  z3::expr ShiftCount(const z3::expr& operand) const {
    return operand & Word(context_, 31);
  }

  void Move(const sock_filter& insn, Machine& machine) {
    switch (insn.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        machine.a = call_.WordAt(insn.k);
        return;
      case BPF_LD | BPF_W | BPF_LEN:
        machine.a = Word(context_, sizeof(seccomp_data));
        return;
      case BPF_LDX | BPF_W | BPF_LEN:
        machine.x = Word(context_, sizeof(seccomp_data));
        return;
      case BPF_LD | BPF_IMM:
        machine.a = Word(context_, insn.k);
        return;
      case BPF_LDX | BPF_IMM:
        machine.x = Word(context_, insn.k);
        return;
      case BPF_LD | BPF_MEM:
        machine.a = machine.scratch[insn.k];
        return;
      case BPF_LDX | BPF_MEM:
        machine.x = machine.scratch[insn.k];
        return;
      case BPF_ST:
        machine.scratch[insn.k] = machine.a;
        return;
      case BPF_STX:
        machine.scratch[insn.k] = machine.x;
        return;
      case BPF_MISC | BPF_TAX:
        machine.x = machine.a;
        return;
      case BPF_MISC | BPF_TXA:
        machine.a = machine.x;
        return;
      default:
        throw std::logic_error("an instruction that is not known");
    }
  }

  z3::context& context_;
  const UnknownCall& call_;
  const FilterProgram program_;
  std::vector<std::vector<Machine>> arrivals_;
  Cases returns_;
};

// --- The question ----------------------------------------------------------

uint64_t ValueOf(const z3::model& model, const z3::expr& term) {
  return model.eval(term, /*model_completion=*/true).get_numeral_uint64();
}

uint32_t WordOf(const z3::model& model, const z3::expr& term) {
  return static_cast<uint32_t>(ValueOf(model, term));
}

seccomp_data CallIn(const z3::model& model, const UnknownCall& call) {
  seccomp_data data = {};
  data.nr = static_cast<int>(WordOf(model, call.number));
  data.arch = WordOf(model, call.arch);
  data.instruction_pointer = ValueOf(model, call.instruction_pointer);
  for (size_t i = 0; i < call.args.size(); ++i) {
    data.args[i] = ValueOf(model, call.args[i]);
  }
  return data;
}

z3::solver MakeSolver(z3::context& context, unsigned milliseconds) {
  z3::solver solver =
      (z3::tactic(context, "simplify") & z3::tactic(context, "bit-blast") &
       z3::tactic(context, "smt"))
          .mk_solver();
  z3::params params(context);
  params.set("timeout", milliseconds);
  solver.set(params);
  return solver;
}

// To make a context and to delete it takes Z3 4.8.12 longer than the question,
// so a thread has one, for as long as the process lives.
z3::context& ContextOfThread() {
  thread_local z3::context& context = *new z3::context;
  return context;
}

}  // namespace

std::optional<Counterexample> FindDifference(const Policy& policy,
                                             const Binding& binding,
                                             FilterProgram program,
                                             unsigned solver_milliseconds) {
  if (const char* why = WhyNotLoaded(program)) {
    // A call that is all zeros is none of x86-64.
    return Counterexample{{}, SECCOMP_RET_KILL_PROCESS, 0, why};
  }
  z3::context& context = ContextOfThread();
  const UnknownCall call(context);
  const z3::expr expected = PolicyAnswer(context, call, policy, binding);
  const z3::expr found = Execution(context, call, program).Answer();
  z3::solver solver = MakeSolver(context, solver_milliseconds);
  solver.add(expected != found);
  switch (solver.check()) {
    case z3::unsat:
      return std::nullopt;
    case z3::sat: {
      const z3::model model = solver.get_model();
      return Counterexample{CallIn(model, call), WordOf(model, expected),
                            WordOf(model, found), nullptr};
    }
    case z3::unknown:
      break;
  }
  throw std::runtime_error("Z3 gives up: " + solver.reason_unknown());
}

}  // namespace cellblock
