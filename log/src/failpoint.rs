//! Places where a campaign makes the program end: nothing at all in a build without the feature
//! `failpoints`, which no release build can have.
//!
//! What happens where stands in the environment variable `FAILPOINTS`, in the words of the crate
//! `fail`: `projection.before_commit=20*off->1*panic;relay.after_publish=100*off->1*return(crash)`.
//! `return(crash)` ends the process at once, as SIGKILL does.

#[cfg(all(feature = "failpoints", not(debug_assertions)))]
compile_error!("failpoints are for tests: a build without debug assertions cannot have them");

/// A failpoint is passed.
#[cfg(feature = "failpoints")]
pub fn pass(name: &'static str) {
    static ARMED: std::sync::Once = std::sync::Once::new();
    // For as long as the process lives.
    ARMED.call_once(|| std::mem::forget(fail::FailScenario::setup()));
    fail::eval(name, |what| {
        if what.as_deref() == Some("crash") {
            eprintln!("failpoint {name} crash");
            std::process::abort();
        }
    });
}

/// A failpoint is passed: nothing happens in this build.
#[cfg(not(feature = "failpoints"))]
#[inline]
pub const fn pass(_name: &'static str) {}
