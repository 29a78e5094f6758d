//! The program: parse, run one command, exit with its code.

fn main() -> std::process::ExitCode {
    pantheon::cli::main()
}
