//! `sandbox serve` and `sandbox reset`

use std::path::PathBuf;
use std::process::ExitCode;

use super::block_on;
use super::request;
use crate::cli::arguments::Global;
use crate::cli::arguments::Sandbox;
use crate::cli::arguments::SandboxReset;
use crate::cli::arguments::SandboxServe;
use crate::cli::error;
use crate::cli::flags::Variables;
use crate::cli::terminal::Terminal;
use crate::cli::terminal::ask;
use crate::cli::terminal::print;
use crate::cli::terminal::say;
use crate::ops;
use crate::ops::Failure;

pub fn run(command: &Sandbox, global: &Global, terminal: Terminal) -> Result<ExitCode, Failure> {
    match command {
        Sandbox::Serve(serve) => self::serve(serve, global),
        Sandbox::Reset(reset) => self::reset(reset, global, terminal),
    }
}

fn serve(command: &SandboxServe, global: &Global) -> Result<ExitCode, Failure> {
    if !command.listen.ip().is_loopback() {
        return Err(Failure::world(
            format!("Cannot listen on {}", command.listen),
            "the sandbox is served on loopback only",
        )
        .help("Use --listen 127.0.0.1:0."));
    }
    let request = request(global, &Variables::default());
    if command.cloud {
        return serve_cloud(command, &request);
    }
    let kubeconfig: Option<PathBuf> = command.kubeconfig.as_ref().map(|path| request.directory.join(path));
    block_on(async {
        let served = ops::serve_sandbox(&request, command.listen, kubeconfig).await?;
        print(&format!("{}\n", served.address));
        let path = served.kubeconfig.display();
        say(&format!(
            "Serving the sandbox. In another terminal:\n\n  kubectl --kubeconfig {path} get pods -A\n\nIt keeps its Secrets in \
             clear in {}, and {path} holds the key of its administrator: keep both out of version control.\nCtrl-C ends \
             it.\n",
            served.directory.display()
        ));
        ended().await?;
        served.stop().await;
        Ok(error::DONE.into())
    })
}

fn serve_cloud(command: &SandboxServe, request: &ops::Request) -> Result<ExitCode, Failure> {
    block_on(async {
        let served = ops::serve_cloud(request, command.listen, command.minute).await?;
        print(&format!("{}\n", served.address));
        let path = served.environment.display();
        say(&format!(
            "Playing Samsung Cloud Platform: nothing is made anywhere, and nothing really runs. In another terminal:\n\n  \
             . {path}\n  stackwright apply\n\nCtrl-C ends it; what was made is there again the next time.\n"
        ));
        ended().await?;
        Ok(error::DONE.into())
    })
}

/// Waits for Ctrl-C or a request to end.
pub(super) async fn ended() -> Result<(), Failure> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        .map_err(|error| Failure::world("Cannot listen for signals", error))?;
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

fn reset(command: &SandboxReset, global: &Global, terminal: Terminal) -> Result<ExitCode, Failure> {
    let request = request(global, &Variables::default());
    if !command.force {
        if !terminal.can_ask {
            return Err(Failure::world("Cannot reset the sandbox", "nobody can be asked").help("Give --force."));
        }
        let answer = ask("This deletes the sandbox cluster with all in it. Only \"yes\" will do: ");
        if answer.as_deref() != Some("yes") {
            return Err(Failure::Declined);
        }
    }
    let existed = ops::reset_sandbox(&request)?;
    print(if existed {
        "The sandbox is gone; the next apply begins with an empty one.\n"
    } else {
        "There is no sandbox.\n"
    });
    Ok(error::DONE.into())
}
