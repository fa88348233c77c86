//! What each page shows: one struct a page, filled by whoever has been through the gate, formatted by its template.
//!
//! Times, counts and sentences arrive as text in the language of the page. The templates escape everything.

mod account;
mod admin;
mod agent;
mod choose;
mod chrome;
mod failure;
mod flow;
mod home;
mod login;
mod setup;

pub use account::{Account, AccountField, DeviceRow, FailureRow};
pub use admin::{
    AdminAudit, AdminGiveUp, AdminPermissions, AdminTabs, AdminUser, AdminUsers, EventRow, LinkRow, NewUserField,
    NewUserForm, PermissionRow, RoleChoice, UserRow,
};
pub use agent::describe_user_agent;
pub use choose::{
    Choose, ChooseAnswer, ChooseQuestion, ChosenAdvice, ChosenContradiction, ChosenFlip, ChosenHolder, ChosenStop,
};
pub use chrome::Chrome;
pub use failure::Failure;
pub use flow::{Flow, FlowRow, FlowRows, FlowStep, FlowTry, StepState};
pub use home::{Home, HomeLink};
pub use login::{Login, SignedIn};
pub use setup::{NoSetup, Setup, SetupField};
