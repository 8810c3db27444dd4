#!/bin/bash
# The day and the machine, as every set of tables begins. Sourced.
print_machine() {
  echo "$(date -u +%F), $(uname -sr), $(nproc) CPUs,$(sed -n 's/^model name.*://p' /proc/cpuinfo | head -n 1)"
}
