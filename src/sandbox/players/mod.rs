//! stub
pub struct PlayerOptions {
    pub nodes: usize,
}
impl Default for PlayerOptions {
    fn default() -> Self {
        Self { nodes: 3 }
    }
}
pub struct PlayerSet;
impl PlayerSet {
    pub fn all() -> Self {
        Self
    }
}
pub struct Players;
impl Players {
    pub fn start_with(_: kube::Client, _: PlayerSet, _: PlayerOptions) -> Self {
        Players
    }
    pub async fn stop(self) {}
}
