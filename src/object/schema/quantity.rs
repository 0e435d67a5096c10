//! Quantities (`500m`, `1.5Gi`, `2e3`): exact, in nano-units, with Kubernetes' canonical text.

/// An amount with its suffix family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantity {
    nanos: i128,
}

impl Quantity {
    /// From an amount in units of 10⁻⁹.
    pub fn from_nanos(nanos: i128) -> Self {
        Self { nanos }
    }

    /// The amount in units of 10⁻⁹.
    pub fn nanos(self) -> i128 {
        self.nanos
    }
}
