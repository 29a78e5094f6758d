//! The few system calls that std does not offer, behind safe functions.
#![expect(
    unsafe_code,
    reason = "libc calls and pre_exec; nothing else in the crate is unsafe"
)]

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// A signal this crate sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    Hangup,
    Interrupt,
    Quit,
    Kill,
    Terminate,
}

impl Signal {
    fn number(self) -> i32 {
        match self {
            Signal::Hangup => libc::SIGHUP,
            Signal::Interrupt => libc::SIGINT,
            Signal::Quit => libc::SIGQUIT,
            Signal::Kill => libc::SIGKILL,
            Signal::Terminate => libc::SIGTERM,
        }
    }
}

/// Sends a signal to one process. An error of kind `NotFound` means there is no such process.
pub fn send(pid: u32, signal: Signal) -> io::Result<()> {
    let pid = i32::try_from(pid).map_err(io::Error::other)?;
    // SAFETY: kill takes plain integers and touches no memory of ours.
    match unsafe { libc::kill(pid, signal.number()) } {
        0 => Ok(()),
        _ => Err(match io::Error::last_os_error() {
            e if e.raw_os_error() == Some(libc::ESRCH) => io::ErrorKind::NotFound.into(),
            e => e,
        }),
    }
}

/// Blocks until the child has ended, and leaves it to be reaped by `Child::wait`: its pid stays
/// taken, so a signal sent meanwhile can reach nobody else.
pub fn wait_unreaped(pid: u32) {
    loop {
        // SAFETY: waitid fills the zeroed siginfo it is handed, which lives on our stack.
        let answer = unsafe {
            let mut info: libc::siginfo_t = std::mem::zeroed();
            libc::waitid(
                libc::P_PID,
                pid,
                &raw mut info,
                libc::WEXITED | libc::WNOWAIT,
            )
        };
        if answer == 0 || io::Error::last_os_error().raw_os_error() != Some(libc::EINTR) {
            return;
        }
    }
}

/// The effective user id of this process.
pub fn effective_uid() -> u32 {
    // SAFETY: geteuid cannot fail and takes no arguments.
    unsafe { libc::geteuid() }
}

/// The effective group id of this process.
pub fn effective_gid() -> u32 {
    // SAFETY: getegid cannot fail and takes no arguments.
    unsafe { libc::getegid() }
}

/// Has the kernel send `signal` to the child when the thread that spawns it ends. std changes user
/// and group before these hooks run; the other way round the kernel would forget the request.
#[cfg(target_os = "linux")]
pub fn die_with_parent(command: &mut Command, signal: Signal) {
    let parent = std::process::id();
    let number = signal.number();
    let hook = move || {
        // SAFETY: prctl and getppid are async-signal-safe and take plain integers.
        let (set, now) = unsafe { (libc::prctl(libc::PR_SET_PDEATHSIG, number), libc::getppid()) };
        if set != 0 {
            return Err(io::Error::last_os_error());
        }
        if u32::try_from(now) != Ok(parent) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        Ok(())
    };
    // SAFETY: the hook makes async-signal-safe calls only and allocates nothing.
    unsafe { command.pre_exec(hook) };
}

/// Other systems have no such request; children end by `stop()` and drop there.
#[cfg(not(target_os = "linux"))]
pub fn die_with_parent(_command: &mut Command, _signal: Signal) {}
