//! One file for each campaign.

pub mod f01;
pub mod f02;
pub mod f03;
pub mod f04;
pub mod f05;
pub mod f06;
pub mod f10;
pub mod f11;
pub mod f12;
pub mod f13;
pub mod f14;
pub mod f15;
pub mod f16;
pub mod f17;
pub mod f18;
pub mod f19;
pub mod f20;
pub mod f21;
