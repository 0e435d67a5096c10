//! A small picture of how values went. Pure: numbers in, places out; the template draws them.

use serde_json::Value;
use serde_json::json;

/// Of the picture, in its own units.
const WIDTH: f64 = 240.0;
const HEIGHT: f64 = 60.0;
const MARGIN: f64 = 5.0;
/// More values are thinned out.
const MOST: usize = 200;

/// The places of these values from left to right; nothing where there are too few to see anything.
pub fn plot(values: &[f64]) -> Option<Value> {
    if values.len() < 2 {
        return None;
    }
    let step = values.len().div_ceil(MOST);
    let shown: Vec<f64> = values.iter().copied().step_by(step).collect();
    let least = shown.iter().copied().fold(f64::INFINITY, f64::min);
    let most = shown.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (across, range) = (shown.len().saturating_sub(1).max(1) as f64, most - least);
    let points: Vec<(String, String)> = shown
        .iter()
        .enumerate()
        .map(|(at, value)| {
            let x = MARGIN + (WIDTH - 2.0 * MARGIN) * at as f64 / across;
            let height = if range > 0.0 && range.is_finite() { (value - least) / range } else { 0.5 };
            let y = HEIGHT - MARGIN - (HEIGHT - 2.0 * MARGIN) * height;
            (format!("{x:.1}"), format!("{y:.1}"))
        })
        .collect();
    let line: Vec<String> = points.iter().map(|(x, y)| format!("{x},{y}")).collect();
    Some(json!({
        "box": format!("0 0 {WIDTH} {HEIGHT}"),
        "line": line.join(" "),
        "dots": points.iter().map(|(x, y)| json!({"x": x, "y": y})).collect::<Vec<_>>(),
        "label": format!("{} trials, from {least} to {most}", values.len()),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        assert_eq!(plot(&[1.0]), None);
        let drawn = plot(&[0.0, 1.0, 0.5]).unwrap();
        assert_eq!(drawn["line"], "5.0,55.0 120.0,5.0 235.0,30.0");
        assert_eq!(drawn["label"], "3 trials, from 0 to 1");
        assert_eq!(plot(&[2.0, 2.0]).unwrap()["line"], "5.0,30.0 235.0,30.0");
        let many: Vec<f64> = (0..5000).map(f64::from).collect();
        assert_eq!(plot(&many).unwrap()["dots"].as_array().map(Vec::len), Some(200));
    }
}
