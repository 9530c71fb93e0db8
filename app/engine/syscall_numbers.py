"""The numbers of the calls to the kernel that a worker is refused, or allowed in part, on each machine.

From Linux's own headers: `asm/unistd_64.h` and `asm-generic/unistd.h`. A call that a machine does
not have, such as `open` on 64-bit ARM, is left out of its column.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

Numbers: TypeAlias = Mapping[str, int]

# Call, number on x86-64, number on 64-bit ARM; `-` for none.
_TABLE = """
# The network.
socket 41 198 | socketpair 53 199 | connect 42 203 | bind 49 200 | listen 50 201 | accept 43 202
accept4 288 242 | sendto 44 206 | sendmsg 46 211 | sendmmsg 307 269
# Programs and processes.
execve 59 221 | execveat 322 281 | fork 57 - | vfork 58 - | ptrace 101 117 | process_vm_readv 310 270
process_vm_writev 311 271 | process_madvise 440 440 | pidfd_open 434 434 | pidfd_getfd 438 438
pidfd_send_signal 424 424 | kcmp 312 272 | tkill 200 130 | rt_sigqueueinfo 129 138
rt_tgsigqueueinfo 297 240 | setpriority 141 140 | sched_setscheduler 144 119 | sched_setaffinity 203 122
sched_setattr 314 274 | sched_setparam 142 118 | ioprio_set 251 30 | process_mrelease 448 448
# Changes to files.
creat 85 - | truncate 76 45 | ftruncate 77 46 | fallocate 285 47 | mkdir 83 - | mkdirat 258 34
rmdir 84 - | unlink 87 - | unlinkat 263 35 | rename 82 - | renameat 264 38 | renameat2 316 276
link 86 - | linkat 265 37 | symlink 88 - | symlinkat 266 36 | mknod 133 - | mknodat 259 33 | chmod 90 -
fchmod 91 52 | fchmodat 268 53 | fchmodat2 452 452 | chown 92 - | fchown 93 55 | lchown 94 -
fchownat 260 54 | utime 132 - | utimes 235 - | futimesat 261 - | utimensat 280 88 | setxattr 188 5
lsetxattr 189 6 | fsetxattr 190 7 | removexattr 197 14 | lremovexattr 198 15 | fremovexattr 199 16
setxattrat 463 463 | removexattrat 466 466 | memfd_create 319 279 | open_by_handle_at 304 265
# Memory and queues that outlive a process.
shmget 29 194 | shmat 30 196 | shmctl 31 195 | msgget 68 186 | msgctl 71 187 | msgsnd 69 189
msgrcv 70 188 | semget 64 190 | semctl 66 191 | semop 65 193 | semtimedop 220 192 | mq_open 240 180
mq_unlink 241 181 | memfd_secret 447 447
# Ways round a filter, and what only an administrator needs.
io_uring_setup 425 425 | io_uring_enter 426 426 | io_uring_register 427 427 | bpf 321 280
userfaultfd 323 282 | perf_event_open 298 241 | unshare 272 97 | setns 308 268 | mount 165 40
umount2 166 39 | move_mount 429 429 | open_tree 428 428 | fsopen 430 430 | fsmount 432 432
mount_setattr 442 442 | pivot_root 155 41 | chroot 161 51 | add_key 248 217 | request_key 249 218
keyctl 250 219 | init_module 175 105 | finit_module 313 273 | delete_module 176 106 | kexec_load 246 104
reboot 169 142 | swapon 167 224 | swapoff 168 225 | settimeofday 164 170 | clock_settime 227 112
sethostname 170 161 | setdomainname 171 162 | personality 135 92 | kexec_file_load 320 294
fanotify_init 300 262 | acct 163 89 | adjtimex 159 171 | clock_adjtime 305 266 | modify_ldt 154 -
iopl 172 - | ioperm 173 - | syslog 103 116 | vhangup 153 58 | quotactl 179 60 | quotactl_fd 443 443
fsconfig 431 431 | fspick 433 433
"""

_IN_PART = """
clone 56 220 | clone3 435 435 | open 2 - | openat 257 56 | openat2 437 437 | kill 62 129
tgkill 234 131 | prlimit64 302 261 | ioctl 16 29
"""
"""Decided by their arguments, or by another call in their place."""


def _column(table: str, column: int) -> dict[str, int]:
    rows = (row.split() for line in table.splitlines() if not line.startswith("#") for row in line.split("|"))
    return {row[0]: int(row[column]) for row in rows if row and row[column] != "-"}


X86_64: Numbers = _column(_TABLE + _IN_PART, 1)
AARCH64: Numbers = _column(_TABLE + _IN_PART, 2)

REFUSED = tuple(_column(_TABLE, 1))
"""Refused whatever their arguments are."""
