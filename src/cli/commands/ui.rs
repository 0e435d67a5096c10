//! `ui`

use std::path::PathBuf;
use std::process::Command;
use std::process::ExitCode;
use std::process::Stdio;

use super::block_on;
use super::patiently;
use super::request;
use super::sandbox::ended;
use crate::cli::arguments::Global;
use crate::cli::error;
use crate::cli::terminal::Terminal;
use crate::cli::terminal::print_data;
use crate::cli::terminal::say;
use crate::cli::ui_arguments::Ui;
use crate::ops;
use crate::ops::Failure;
use crate::ops::Lookout;
use crate::ops::Request;
use crate::ui;

pub fn run(command: &Ui, global: &Global, terminal: Terminal) -> Result<ExitCode, Failure> {
    if !command.listen.ip().is_loopback() {
        return Err(Failure::world(
            format!("Cannot listen on {}", command.listen),
            "the console shows everything of the installation, and is for this machine only",
        )
        .help("Use --listen 127.0.0.1:0. From elsewhere, forward a port: `ssh -L 8080:127.0.0.1:PORT HOST`."));
    }
    let request = request(global, &command.variables);
    block_on(async {
        let lookout = patiently(terminal, Lookout::open(&request, &command.addresses)).await?;
        let served = ui::serve(lookout, command.listen).await?;
        // The token in it is for whoever reads this, and is good once.
        print_data(&format!("{}\n", served.url));
        say("Open this address in a browser of this machine: it lets one browser in, once. Ctrl-C ends the console.\n");
        let _opened = (terminal.interactive && !command.no_open).then(|| Opened::of(&request, &served.url));
        ended().await?;
        drop(served);
        Ok(error::DONE.into())
    })
}

/// A page that leads to the console, for the desktop to open: the token must not stand in the arguments of a program, which
/// everybody on the machine can read. It goes with the console.
struct Opened(Option<PathBuf>);

impl Opened {
    /// Asks the desktop to open an address, where there is one. Whoever has none reads the address.
    fn of(request: &Request, url: &str) -> Self {
        let has_desktop = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some());
        if !(cfg!(target_os = "macos") || has_desktop) {
            return Self(None);
        }
        let Ok(path) = ops::private_page(
            "console.html",
            request,
            &format!(
                "<!doctype html><meta charset=\"utf-8\"><title>Stackwright</title><meta http-equiv=\"refresh\" content=\"0;url={url}\">\n"
            ),
        ) else {
            return Self(None);
        };
        let mut command = Command::new(if cfg!(target_os = "macos") { "open" } else { "xdg-open" });
        command.arg(&path).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // Without such a program the address is read.
        command.spawn().ok();
        Self(Some(path))
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            std::fs::remove_file(path).ok();
        }
    }
}
