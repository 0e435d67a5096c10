//! `images`: what has to be in a registry before a platform can run.

use std::process::ExitCode;

use serde_json::json;

use super::request;
use crate::catalog::ImageUse;
use crate::catalog::mirrored;
use crate::cli::arguments::Global;
use crate::cli::arguments::ImageFormat;
use crate::cli::arguments::Images;
use crate::cli::error;
use crate::cli::terminal::Terminal;
use crate::cli::terminal::print;
use crate::cli::view::table;
use crate::ops;
use crate::ops::Failure;

pub fn run(command: &Images, global: &Global, terminal: Terminal) -> Result<ExitCode, Failure> {
    let rendered = ops::render(&request(global, &command.variables), false)?;
    error::show(&rendered.warnings, &rendered.sources, terminal);
    let mut images = rendered.images;
    if let Some(mirror) = &command.mirror {
        images.iter_mut().for_each(|image| image.mirrored = mirrored(&image.image, mirror));
    }
    let has_mirror = command.mirror.is_some() || !rendered.mirrors.is_empty();
    let format = if command.json { ImageFormat::Json } else { command.format };
    let text = match format {
        ImageFormat::Json => json_text(&images, &rendered.editions),
        ImageFormat::Text => text(&images),
        ImageFormat::Skopeo | ImageFormat::Crane if !has_mirror => {
            return Err(Failure::world("Nowhere to copy images to", "the configuration names no mirror").help(
                "Name one with --mirror registry.example.com/path, or in the platform:\n\n\
                 registry {\n  mirror = \"registry.example.com/path\"\n}",
            ));
        }
        ImageFormat::Skopeo => pairs(&images, "docker://"),
        ImageFormat::Crane => pairs(&images, ""),
    };
    print(&text);
    Ok(error::DONE.into())
}

fn text(images: &[ImageUse]) -> String {
    let is_mirrored = images.iter().any(|image| image.image != image.mirrored);
    let is_replaced = images.iter().any(|image| image.replaces.is_some());
    let mut heading = vec!["IMAGE", "COMPONENTS"];
    heading.extend(is_mirrored.then_some("MIRROR"));
    heading.extend(is_replaced.then_some("INSTEAD OF"));
    let rows: Vec<Vec<String>> = images
        .iter()
        .map(|image| {
            let mut row = vec![image.image.clone(), image.components.join(",")];
            row.extend(is_mirrored.then(|| image.mirrored.clone()));
            row.extend(is_replaced.then(|| image.replaces.clone().unwrap_or_default()));
            row
        })
        .collect();
    table(&heading, &rows)
}

fn json_text(images: &[ImageUse], editions: &[&str]) -> String {
    let list: Vec<_> = images
        .iter()
        .map(|image| {
            json!({
                "image": image.image, "mirrored": image.mirrored, "components": image.components,
                "places": image.places, "replaces": image.replaces,
                "architectures": if image.architectures.is_empty() { None } else { Some(&image.architectures) },
            })
        })
        .collect();
    format!("{:#}\n", json!({"format_version": "1.0", "editions": editions, "images": list}))
}

/// Source and destination of each image that is not where it should be, a pair a line.
fn pairs(images: &[ImageUse], scheme: &str) -> String {
    let foreign = images.iter().filter(|image| image.image != image.mirrored);
    foreign.map(|image| format!("{scheme}{} {scheme}{}\n", image.image, image.mirrored)).collect()
}
