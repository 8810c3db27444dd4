// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/policy_command/exposure_risks.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <linux/prctl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

namespace cellblock {
namespace {

using Calls = SyscallRequest[];

// init: never the jailed process.
constexpr uint64_t kOtherPid = 1;

constexpr uint64_t kAnyAddress = 0x1000;

// An ioctl that no table here names.
constexpr uint64_t kAnyCommand = 0x5a5a;

constexpr Calls kGiven = {{SYS_read, {0}},    {SYS_readv, {0}},
                          {SYS_write, {1}},   {SYS_write, {2}},
                          {SYS_writev, {1}},  {SYS_writev, {2}},
                          {SYS_pread64, {0}}, {SYS_pwrite64, {1}}};
constexpr Calls kHeld = {
    {SYS_read, {kAnyDescriptor}},    {SYS_readv, {kAnyDescriptor}},
    {SYS_pread64, {kAnyDescriptor}}, {SYS_preadv, {kAnyDescriptor}},
    {SYS_preadv2, {kAnyDescriptor}}, {SYS_write, {kAnyDescriptor}},
    {SYS_writev, {kAnyDescriptor}},  {SYS_pwrite64, {kAnyDescriptor}},
    {SYS_pwritev, {kAnyDescriptor}}, {SYS_pwritev2, {kAnyDescriptor}}};
constexpr Calls kMoreDescriptors = {{SYS_dup, {}},   {SYS_dup2, {}},
                                    {SYS_dup3, {}},  {SYS_pipe, {}},
                                    {SYS_pipe2, {}}, {SYS_fcntl, {0, F_DUPFD}}};
constexpr Calls kSharedFlags = {{SYS_fcntl, {0, F_SETFL, O_NONBLOCK}}};
constexpr Calls kFileLocks = {
    {SYS_fcntl, {0, F_SETLK}}, {SYS_fcntl, {0, F_OFD_SETLK}}, {SYS_flock, {}}};
constexpr Calls kAnyFcntl = {{SYS_fcntl, {0, F_SETOWN, kOtherPid}},
                             {SYS_fcntl, {0, F_SETFL, O_ASYNC}},
                             {SYS_fcntl, {0, F_SETLEASE}},
                             {SYS_fcntl, {0, F_SETSIG}}};
constexpr Calls kTerminalState = {{SYS_ioctl, {0, TCGETS}},
                                  {SYS_ioctl, {0, TIOCGWINSZ}},
                                  {SYS_ioctl, {0, FIONREAD}}};
constexpr Calls kAnyIoctl = {{SYS_ioctl, {0, TIOCSTI}},
                             {SYS_ioctl, {0, kAnyCommand}},
                             {SYS_ioctl, {0, FIOASYNC}}};
constexpr Calls kKernelCopies = {{SYS_splice, {}},
                                 {SYS_tee, {}},
                                 {SYS_vmsplice, {}},
                                 {SYS_sendfile, {}},
                                 {SYS_copy_file_range, {}}};
constexpr Calls kNames = {
    {SYS_stat, {}},       {SYS_lstat, {}},      {SYS_newfstatat, {}},
    {SYS_statx, {}},      {SYS_statfs, {}},     {SYS_access, {}},
    {SYS_faccessat, {}},  {SYS_faccessat2, {}}, {SYS_readlink, {}},
    {SYS_readlinkat, {}}, {SYS_getcwd, {}},     {SYS_name_to_handle_at, {}}};
constexpr Calls kDirectories = {{SYS_getdents, {}}, {SYS_getdents64, {}}};
constexpr Calls kOpenRead = {{SYS_open, {0, O_RDONLY}},
                             {SYS_openat, {0, 0, O_RDONLY}},
                             {SYS_openat2, {}}};
constexpr Calls kOpenWrite = {{SYS_open, {0, O_WRONLY}},
                              {SYS_open, {0, O_RDWR}},
                              {SYS_open, {0, O_TRUNC}},
                              {SYS_openat, {0, 0, O_WRONLY}},
                              {SYS_openat, {0, 0, O_RDWR}},
                              {SYS_openat, {0, 0, O_TRUNC}},
                              {SYS_open, {0, O_CREAT | O_RDWR}},
                              {SYS_openat, {0, 0, O_CREAT | O_RDWR}},
                              {SYS_openat2, {}},
                              {SYS_creat, {}}};
constexpr Calls kCreate = {
    {SYS_open, {0, O_CREAT}}, {SYS_openat, {0, 0, O_CREAT}},
    {SYS_openat2, {}},        {SYS_creat, {}},
    {SYS_mkdir, {}},          {SYS_mkdirat, {}},
    {SYS_link, {}},           {SYS_linkat, {}},
    {SYS_symlink, {}},        {SYS_symlinkat, {}}};
constexpr Calls kRemove = {{SYS_unlink, {}},   {SYS_unlinkat, {}},
                           {SYS_rmdir, {}},    {SYS_rename, {}},
                           {SYS_renameat, {}}, {SYS_renameat2, {}}};
constexpr Calls kResize = {
    {SYS_truncate, {}}, {SYS_ftruncate, {}}, {SYS_fallocate, {}}};
constexpr Calls kSync = {{SYS_fsync, {}},
                         {SYS_fdatasync, {}},
                         {SYS_sync, {}},
                         {SYS_syncfs, {}},
                         {SYS_sync_file_range, {}}};
constexpr Calls kSetId = {{SYS_open, {0, O_CREAT, S_ISUID}},
                          {SYS_open, {0, O_CREAT, S_ISGID}},
                          {SYS_openat, {0, 0, O_CREAT, S_ISUID}},
                          {SYS_openat, {0, 0, O_CREAT, S_ISGID}},
                          {SYS_openat2, {}},
                          {SYS_creat, {0, S_ISUID}},
                          {SYS_creat, {0, S_ISGID}},
                          {SYS_mknod, {0, S_IFREG | S_ISUID}},
                          {SYS_mknodat, {0, 0, S_IFREG | S_ISUID}},
                          {SYS_chmod, {0, S_ISUID}},
                          {SYS_fchmod, {0, S_ISUID}},
                          {SYS_fchmodat, {0, 0, S_ISUID}}};
constexpr Calls kAttributes = {
    {SYS_chmod, {}},  {SYS_fchmod, {}},    {SYS_fchmodat, {}}, {SYS_chown, {}},
    {SYS_fchown, {}}, {SYS_lchown, {}},    {SYS_fchownat, {}}, {SYS_utime, {}},
    {SYS_utimes, {}}, {SYS_futimesat, {}}, {SYS_utimensat, {}}};
constexpr Calls kDevices = {{SYS_mknod, {0, S_IFCHR}},
                            {SYS_mknodat, {0, 0, S_IFCHR}}};
constexpr Calls kReadXattr = {{SYS_getxattr, {}},   {SYS_lgetxattr, {}},
                              {SYS_fgetxattr, {}},  {SYS_listxattr, {}},
                              {SYS_llistxattr, {}}, {SYS_flistxattr, {}}};
constexpr Calls kSetXattr = {{SYS_setxattr, {}},     {SYS_lsetxattr, {}},
                             {SYS_fsetxattr, {}},    {SYS_removexattr, {}},
                             {SYS_lremovexattr, {}}, {SYS_fremovexattr, {}}};
constexpr Calls kWatch = {{SYS_inotify_init, {}},
                          {SYS_inotify_init1, {}},
                          {SYS_inotify_add_watch, {}}};
constexpr Calls kWatchAll = {{SYS_fanotify_init, {}}, {SYS_fanotify_mark, {}}};
constexpr Calls kPastPaths = {{SYS_open_by_handle_at, {}}};
constexpr Calls kThreads = {{SYS_clone, {kThreadFlags}}};
constexpr Calls kProcesses = {{SYS_clone, {kForkFlags}},
                              {SYS_clone, {SIGCHLD}},
                              {SYS_fork, {}},
                              {SYS_vfork, {}},
                              {SYS_clone3, {}}};
constexpr Calls kProvidePages = {{SYS_madvise, {0, 0, MADV_POPULATE_WRITE}}};
constexpr Calls kProcessControl = {{SYS_prctl, {PR_SET_PDEATHSIG, SIGKILL}},
                                   {SYS_prctl, {PR_SET_DUMPABLE, 1}}};
constexpr Calls kOwnSignals = {{SYS_kill, {kOwnPid}}, {SYS_tgkill, {kOwnPid}}};
constexpr Calls kHandlers = {
    {SYS_rt_sigaction, {}}, {SYS_sigaltstack, {}}, {SYS_rt_sigprocmask, {}}};
constexpr Calls kOtherSignals = {{SYS_kill, {kOtherPid}},
                                 {SYS_tgkill, {kOtherPid}},
                                 {SYS_tkill, {kOtherPid}},
                                 {SYS_rt_sigqueueinfo, {kOtherPid}},
                                 {SYS_rt_tgsigqueueinfo, {kOtherPid}},
                                 {SYS_pidfd_send_signal, {}}};
constexpr Calls kOtherProcesses = {{SYS_pidfd_open, {kOtherPid}},
                                   {SYS_kcmp, {kOtherPid}}};
constexpr Calls kTimers = {{SYS_alarm, {}},
                           {SYS_setitimer, {}},
                           {SYS_timer_create, {}},
                           {SYS_timerfd_create, {}}};
constexpr Calls kLimits = {{SYS_setrlimit, {}},
                           {SYS_prlimit64, {0, 0, kAnyAddress}},
                           {SYS_prlimit64, {kOtherPid, 0, kAnyAddress}},
                           {SYS_prlimit64, {kOtherPid}}};
constexpr Calls kRobustLists = {{SYS_get_robust_list, {}}};
constexpr Calls kScheduling = {
    {SYS_sched_setaffinity, {}}, {SYS_sched_setscheduler, {}},
    {SYS_sched_setparam, {}},    {SYS_sched_setattr, {}},
    {SYS_setpriority, {}},       {SYS_ioprio_set, {}}};
constexpr Calls kFutex = {{SYS_futex, {0, FUTEX_WAIT}},
                          {SYS_futex, {0, FUTEX_WAKE}}};
constexpr Calls kAnyFutex = {{SYS_futex, {0, FUTEX_LOCK_PI}},
                             {SYS_futex, {0, FUTEX_CMP_REQUEUE}},
                             {SYS_futex, {0, FUTEX_WAKE_OP}},
                             {SYS_futex_waitv, {}}};
constexpr Calls kPoll = {
    {SYS_poll, {}}, {SYS_ppoll, {}}, {SYS_select, {}}, {SYS_pselect6, {}}};
constexpr Calls kEvents = {{SYS_epoll_create, {}}, {SYS_epoll_create1, {}},
                           {SYS_eventfd, {}},      {SYS_eventfd2, {}},
                           {SYS_signalfd, {}},     {SYS_signalfd4, {}}};
constexpr Calls kServe = {{SYS_accept, {}},   {SYS_accept4, {}},
                          {SYS_recvfrom, {}}, {SYS_sendto, {}},
                          {SYS_shutdown, {}}, {SYS_getsockopt, {}}};
constexpr Calls kAnySocketOption = {
    {SYS_setsockopt, {0, SOL_SOCKET, SO_ATTACH_FILTER}},
    {SYS_setsockopt, {0, SOL_SOCKET, SO_REUSEPORT}},
    {SYS_setsockopt, {0, IPPROTO_IP, 0}},
    {SYS_setsockopt, {0, IPPROTO_TCP, 0}},
    {SYS_getsockopt, {0, SOL_SOCKET, SO_PEERCRED}},
    {SYS_getsockopt, {0, IPPROTO_TCP, 0}}};
constexpr Calls kLocalSockets = {{SYS_socket, {AF_UNIX, SOCK_STREAM}},
                                 {SYS_socketpair, {}}};
constexpr Calls kInternetSockets = {{SYS_socket, {AF_INET, SOCK_STREAM}},
                                    {SYS_socket, {AF_INET6, SOCK_STREAM}}};
constexpr Calls kOtherSockets = {{SYS_socket, {AF_NETLINK, SOCK_RAW}},
                                 {SYS_socket, {AF_PACKET, SOCK_RAW}},
                                 {SYS_socket, {AF_ALG, SOCK_SEQPACKET}},
                                 {SYS_socket, {AF_VSOCK, SOCK_STREAM}}};
constexpr Calls kConnect = {{SYS_connect, {}}};
constexpr Calls kListen = {{SYS_bind, {}}, {SYS_listen, {}}};
constexpr Calls kAddressed = {{SYS_sendto, {0, 0, 0, 0, kAnyAddress}},
                              {SYS_sendmsg, {}},
                              {SYS_sendmmsg, {}}};
constexpr Calls kPassDescriptors = {{SYS_sendmsg, {}}, {SYS_sendmmsg, {}}};
constexpr Calls kTakeDescriptors = {{SYS_recvmsg, {}}, {SYS_recvmmsg, {}}};
constexpr Calls kIpc = {
    {SYS_semget, {}},       {SYS_semop, {}},           {SYS_msgget, {}},
    {SYS_msgsnd, {}},       {SYS_msgrcv, {}},          {SYS_mq_open, {}},
    {SYS_shmget, {}},       {SYS_shmctl, {}},          {SYS_semctl, {}},
    {SYS_semtimedop, {}},   {SYS_msgctl, {}},          {SYS_mq_unlink, {}},
    {SYS_mq_timedsend, {}}, {SYS_mq_timedreceive, {}}, {SYS_mq_notify, {}},
    {SYS_mq_getsetattr, {}}};
constexpr Calls kClocks = {{SYS_clock_gettime, {}},
                           {SYS_gettimeofday, {}},
                           {SYS_time, {}},
                           {SYS_times, {}},
                           {SYS_getrusage, {}}};
constexpr Calls kIdentity = {{SYS_getuid, {}},    {SYS_geteuid, {}},
                             {SYS_getgid, {}},    {SYS_getgroups, {}},
                             {SYS_getresuid, {}}, {SYS_getsid, {}}};
constexpr Calls kHost = {{SYS_uname, {}}, {SYS_sysinfo, {}}};

// How the score comes about: protection starts at 10, and each risk that a
// policy leaves open takes its weight in percent of what is left of it; the
// score is what they took. So a policy that allows more never scores lower, one
// grave risk shows wherever it is added, and no sum runs past 10. A weight says
// how far the thing reaches:
//
//    1  the process itself, and nothing that others notice
//    2  what others can notice, or what tells of the host
//    5  a larger part of the kernel, or what others share
//   10  objects of other processes, or parts of the kernel with a history
//   15  what outlives the process, or disturbs others of its user
//   20  all that its user may look at
//   25  all that its user may change; or other machines
//   40  the kernel itself
//
// Nothing depends on a preset's name: the policy is asked about each probe.
constexpr Risk kRisks[] = {
    {"given", "reads or writes standard streams", 1, "the job itself", kGiven},
    {"held", "reads or writes every descriptor that it holds", 5,
     "what was left open by mistake is open to it", kHeld},
    {"more-descriptors", "makes more descriptors", 1, "kernel memory",
     kMoreDescriptors},
    {"shared-flags", "changes flags of held descriptors", 2,
     "others who hold the same file notice", kSharedFlags},
    {"file-locks", "locks files", 2, "others wait for them", kFileLocks},
    {"any-fcntl", "uses fcntl whatever the command", 10,
     "leases, and signals to other processes", kAnyFcntl},
    {"terminal-state", "reads a terminal's or pipe's state", 1,
     "tells of its surroundings", kTerminalState},
    {"any-ioctl", "uses ioctl whatever the command", 25,
     "every driver; types into terminals", kAnyIoctl},
    {"kernel-copies", "copies between descriptors in the kernel", 10,
     "page references change hands there", kKernelCopies},
    {"names", "sees names and attributes of any file", 5,
     "tells what is on the host", kNames},
    {"directories", "lists directories", 2, "tells what is on the host",
     kDirectories},
    {"read-files", "reads any file that its user can", 20,
     "secrets, and /proc of the user's processes", kOpenRead},
    {"read-xattr", "reads extended attributes", 2, "a part of file systems",
     kReadXattr},
    {"write-files", "opens files for writing", 25,
     "whatever runs or reads them next; Landlock alone bounds it", kOpenWrite},
    {"create-files", "creates files, directories and links", 15,
     "outlives the process", kCreate},
    {"remove-files", "removes and renames files", 15, "cannot be undone",
     kRemove},
    {"resize-files", "changes the size of files", 5, "fills or empties them",
     kResize},
    {"sync", "has the kernel write to disks", 2, "the machine waits", kSync},
    {"set-id", "makes setuid or setgid files", 25, "lends its user's rights",
     kSetId},
    {"attributes", "changes modes, owners or times", 15,
     "past Landlock: no rule of it covers them", kAttributes},
    {"devices", "makes devices", 15, "reaches drivers", kDevices},
    {"set-xattr", "changes extended attributes", 15,
     "past Landlock: no rule of it covers them", kSetXattr},
    {"watch-files", "watches files", 5, "tells what others do", kWatch},
    {"watch-all", "watches whole file systems", 15,
     "tells what others do, and can hold them up", kWatchAll},
    {"past-paths", "opens files past their paths", 25,
     "out of every mount and directory", kPastPaths},
    {"threads", "starts threads", 5, "races within the kernel", kThreads},
    {"processes", "starts processes", 10, "each is one more to confine",
     kProcesses},
    {"pages", "provides pages of its memory", 1, "takes them early",
     kProvidePages},
    {"process-control", "changes how the kernel protects it", 5,
     "dumps, death signals, names", kProcessControl},
    {"handlers", "handles its own signals", 1, "ignores requests to end",
     kHandlers},
    {"own-signals", "signals itself", 1, "ends itself", kOwnSignals},
    {"other-signals", "signals other processes", 15,
     "ends whatever its user runs", kOtherSignals},
    {"other-processes", "gets hold of other processes", 10,
     "the first step to signal or inspect them", kOtherProcesses},
    {"robust-lists", "reads where others keep their locks", 5,
     "addresses in other processes", kRobustLists},
    {"inspect",
     "inspects or traces other processes",
     40,
     "becomes any of them",
     {},
     SyscallGroup::kTracing},
    {"timers", "sets timers", 1, "kernel memory", kTimers},
    {"limits", "changes resource limits", 10, "those that jailrun has set",
     kLimits},
    {"scheduling", "changes how it is scheduled", 5, "starves others",
     kScheduling},
    {"futex", "waits for and wakes threads", 2, "a part with a history",
     kFutex},
    {"any-futex", "uses futexes whatever the operation", 10,
     "priority inheritance and requeueing have a history", kAnyFutex},
    {"poll", "waits for held descriptors", 1, "kernel memory", kPoll},
    {"events", "makes descriptors to wait on", 5,
     "references among files have a history", kEvents},
    {"serve", "serves sockets that it holds", 5, "the network stack, bounded",
     kServe},
    {"any-socket-option", "reads or sets socket options whatever they are", 15,
     "filters and protocols: a part with a history", kAnySocketOption},
    {"local-sockets", "makes local sockets", 15,
     "asks services that trust their user", kLocalSockets},
    {"internet-sockets", "makes internet sockets", 25, "other machines",
     kInternetSockets},
    {"other-sockets", "makes sockets of any family", 25,
     "netlink, packets, the kernel's ciphers", kOtherSockets},
    {"connect", "connects sockets", 15, "tells others what it read", kConnect},
    {"listen", "binds or listens", 10, "poses as a service", kListen},
    {"addressed", "sends to addresses of its choice", 15,
     "tells others what it read", kAddressed},
    {"pass-descriptors", "hands descriptors out", 15,
     "lends what it holds to others", kPassDescriptors},
    {"take-descriptors", "takes descriptors in", 15,
     "gets what the filter would not let it open", kTakeDescriptors},
    {"ipc", "uses System V or POSIX message objects", 10,
     "they outlive it, and others hold them", kIpc},
    {"clocks", "reads clocks", 2, "measures, for side channels", kClocks},
    {"identity", "knows its user and session", 1, "tells of the host",
     kIdentity},
    {"host", "knows the kernel's version and load", 2, "tells of the host",
     kHost},
    {"credentials",
     "changes its user, groups or session",
     25,
     "becomes somebody else",
     {},
     SyscallGroup::kCredentials},
    {"keys",
     "uses key rings",
     15,
     "the user's secrets in the kernel",
     {},
     SyscallGroup::kKeys},
    {"confinement",
     "adds filters to itself",
     2,
     "they only take away",
     {},
     SyscallGroup::kConfinement},
    {"namespaces",
     "mounts, or enters namespaces",
     40,
     "another view of the machine, and much of the kernel",
     {},
     SyscallGroup::kNamespaces},
    {"kernel",
     "administers the kernel",
     40,
     "modules, swap, clocks, reboot",
     {},
     SyscallGroup::kKernelAdmin},
};

}  // namespace

std::span<const Risk> AllRisks() { return kRisks; }

}  // namespace cellblock
