//! IP networks.

use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;

use ipnet::IpNet;

use super::Care;
use super::Context;
use super::Failure;
use super::Function;
use super::Outcome;
use super::Parameter::Number;
use super::Parameter::Text;
use super::function;
use super::text::text;
use crate::lang::Type;
use crate::lang::Value;

const WHOLE: Care = Care::Whole;

pub(super) const FUNCTIONS: &[Function] = &[
    function("cidrhost", &[Text, Number], None, Type::String, WHOLE, cidrhost),
    function("cidrnetmask", &[Text], None, Type::String, WHOLE, cidrnetmask),
    function("cidrsubnet", &[Text, Number, Number], None, Type::String, WHOLE, cidrsubnet),
    function("cidrsubnets", &[Text], Some(Number), Type::Any, WHOLE, cidrsubnets),
];

fn network(arguments: &[Value]) -> Result<IpNet, Failure> {
    let network: IpNet = text(arguments, 0)
        .parse()
        .map_err(|_| Failure::of(0, format!("{:?} is no network such as 10.0.0.0/8", text(arguments, 0))))?;
    Ok(network.trunc())
}

fn width(network: &IpNet) -> u32 {
    u32::from(network.max_prefix_len())
}

fn start(network: &IpNet) -> u128 {
    match network.network() {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    }
}

fn address(network: &IpNet, bits: u128) -> IpAddr {
    match network {
        IpNet::V4(_) => Ipv4Addr::from(bits as u32).into(),
        IpNet::V6(_) => Ipv6Addr::from(bits).into(),
    }
}

fn whole(arguments: &[Value], at: usize) -> Result<i128, Failure> {
    let number = arguments[at].as_number().filter(|number| number.is_integer());
    let parsed = number.and_then(|number| number.to_string().parse::<i128>().ok());
    parsed.ok_or_else(|| Failure::of(at, "a whole number is required"))
}

fn cidrhost(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let network = network(arguments)?;
    let number = whole(arguments, 1)?;
    let host_bits = width(&network) - u32::from(network.prefix_len());
    let magnitude = if number < 0 { number.unsigned_abs() - 1 } else { number.unsigned_abs() };
    if host_bits < 128 && magnitude >> host_bits != 0 {
        return Err(Failure::of(1, format!("a prefix of {} has no host of this number", network.prefix_len())));
    }
    let all = if host_bits == 128 { u128::MAX } else { (1 << host_bits) - 1 };
    let host = if number < 0 { all - magnitude } else { magnitude };
    Ok(Value::string(address(&network, start(&network) | host).to_string()))
}

fn cidrnetmask(arguments: &[Value], _: &Context<'_>) -> Outcome {
    match network(arguments)? {
        IpNet::V4(network) => Ok(Value::string(network.netmask().to_string())),
        IpNet::V6(_) => Err(Failure::of(0, "IPv6 networks have no netmask, only a prefix length")),
    }
}

fn prefix_length(network: &IpNet, more: i128, at: usize) -> Result<u32, Failure> {
    let length = u32::try_from(i128::from(network.prefix_len()) + more).ok().filter(|_| more >= 0);
    length
        .filter(|length| *length <= width(network))
        .ok_or_else(|| Failure::of(at, "there are not enough bits left for a prefix extended so much"))
}

fn cidrsubnet(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let network = network(arguments)?;
    let more = whole(arguments, 1)?;
    let length = prefix_length(&network, more, 1)?;
    let number = u128::try_from(whole(arguments, 2)?).ok();
    let number = number.filter(|number| more >= 128 || *number >> more as u32 == 0);
    let number = number
        .ok_or_else(|| Failure::of(2, format!("a prefix extended by {more} bits has no network of this number")))?;
    let shift = width(&network) - length;
    let bits = if shift >= 128 { 0 } else { number << shift };
    Ok(Value::string(format!("{}/{length}", address(&network, start(&network) | bits))))
}

fn cidrsubnets(arguments: &[Value], _: &Context<'_>) -> Outcome {
    let network = network(arguments)?;
    let host_bits = width(&network) - u32::from(network.prefix_len());
    let all = if host_bits == 128 { u128::MAX } else { (1 << host_bits) - 1 };
    let mut subnets = Vec::new();
    let mut next: u128 = 0;
    for at in 1..arguments.len() {
        let more = whole(arguments, at)?;
        if more < 1 {
            return Err(Failure::of(at, "must extend the prefix by at least one bit"));
        }
        let length = prefix_length(&network, more, at)?;
        let size = 1u128 << (width(&network) - length).min(127);
        // Each begins at a multiple of its size.
        let begin = next.div_ceil(size).checked_mul(size);
        let begin = begin.filter(|begin| begin.checked_add(size - 1).is_some_and(|end| end <= all));
        let begin = begin.ok_or_else(|| Failure::of(at, "not enough addresses remain for this network"))?;
        subnets.push(Value::string(format!("{}/{length}", address(&network, start(&network) | begin))));
        next = begin.saturating_add(size);
    }
    Ok(Value::list(Type::String, subnets))
}
