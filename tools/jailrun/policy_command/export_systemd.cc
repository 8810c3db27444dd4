// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/policy_command/export_systemd.h"

#include <sys/socket.h>
#include <sys/syscall.h>

#include <algorithm>
#include <vector>

#include "jail/syscall_table.h"
#include "tools/jailrun/policy_command/exposure.h"
#include "tools/jailrun/policy_command/setup_calls.h"

namespace cellblock {
namespace {

// Whatever the policy says.
constexpr char kAlways[] = R"(NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
MemoryDenyWriteExecute=yes
LockPersonality=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
KeyringMode=private
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
PrivateDevices=yes
PrivateTmp=yes
LimitCORE=0
SystemCallArchitectures=native
SystemCallErrorNumber=ENOSYS
)";

constexpr size_t kLineWidth = 96;

bool AllowsSome(const Policy& policy, uint32_t number) {
  const std::span<const Rule> rows = policy.RulesFor(number);
  return std::any_of(rows.begin(), rows.end(), [](const Rule& rule) {
    return rule.action == Action::kAllow;
  });
}

bool AllowsSocket(const Policy& policy, uint64_t family) {
  const SyscallRequest request = {SYS_socket, {family, SOCK_STREAM}};
  return policy.Decide(request, static_cast<pid_t>(kOwnPid)).action ==
         Action::kAllow;
}

// One assignment after the other: systemd adds them up.
std::string FilterLines(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::string text;
  std::string line;
  const auto end_line = [&] {
    if (!line.empty()) text += "SystemCallFilter=" + line + "\n";
    line.clear();
  };
  for (const std::string& name : names) {
    if (line.size() + name.size() > kLineWidth) end_line();
    line += (line.empty() ? "" : " ") + name;
  }
  end_line();
  return text;
}

std::string FilterOf(const Policy& policy) {
  std::vector<std::string> names;
  for (const SetupCalls& calls : AllSetupCalls()) {
    names.insert(names.end(), calls.names.begin(), calls.names.end());
  }
  for (const SyscallInfo& info : AllSyscalls()) {
    if (AllowsSome(policy, info.number)) names.emplace_back(info.name);
  }
  return FilterLines(std::move(names));
}

std::string FamiliesOf(const Policy& policy) {
  constexpr struct {
    uint64_t family;
    const char* name;
  } kFamilies[] = {{AF_UNIX, "AF_UNIX"},
                   {AF_INET, "AF_INET"},
                   {AF_INET6, "AF_INET6"},
                   {AF_NETLINK, "AF_NETLINK"}};
  std::string names;
  for (const auto& [family, name] : kFamilies) {
    if (AllowsSocket(policy, family)) names += std::string(" ") + name;
  }
  return names.empty() ? "none" : names.substr(1);
}

bool IsExposed(const Exposure& exposure, std::string_view name) {
  return std::any_of(exposure.findings.begin(), exposure.findings.end(),
                     [=](const RiskFinding& finding) {
                       return finding.risk->name == name && finding.exposed();
                     });
}

// What depends on whether the policy lets it write files or make sockets.
std::string PlacesOf(const Policy& policy) {
  const Exposure exposure = ExposureOf(policy);
  std::string text = "ProtectSystem=strict\nProtectHome=read-only\n";
  if (IsExposed(exposure, "write-files")) {
    text += "# Name what --rw names: ReadWritePaths=/var/lib/...\n";
  }
  const std::string families = FamiliesOf(policy);
  text += "RestrictAddressFamilies=" + families + "\n";
  // A socket that is handed over works from any network.
  if (families == "none") text += "PrivateNetwork=yes\n";
  return text;
}

}  // namespace

std::string ExportSystemd(const Policy& policy) {
  return std::string("# Around jailrun with policy ") + policy.name() +
         ", or a service that locks itself with it.\n"
         "# Wider than the policy: calls are named whatever their arguments, "
         "and those of the\n# set-up are among them.\n[Service]\n" +
         kAlways + PlacesOf(policy) + FilterOf(policy);
}

}  // namespace cellblock
