//! The query API on AWS Lambda.

fn main() -> std::process::ExitCode {
    pantheon::lambda::main()
}
