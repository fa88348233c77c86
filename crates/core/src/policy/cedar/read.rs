//! From text to policies, sorted by the action that they are about.

use std::collections::{BTreeMap, HashMap, HashSet};

use cedar_policy::ffi::DetailedError;
use cedar_policy::{ActionConstraint, Authorizer, Policy, PolicyId, PolicySet, Template};

use super::entities::Names;
use super::looks::Looks;
use super::{Cedar, CedarError, Named};
use crate::policy::error::{PolicyError, PolicyErrors};
use crate::policy::permission::Permission;

/// Policies, and what they look at.
#[derive(Default)]
struct Part {
    policies: Vec<Policy>,
    looks: Looks,
}

impl Part {
    fn add(&mut self, policy: Policy, looks: &Looks) {
        self.policies.push(policy);
        self.looks.join(looks);
    }

    fn set(self) -> Result<(PolicySet, Looks), CedarError> {
        match PolicySet::from_policies(self.policies) {
            Ok(set) => Ok((set, self.looks)),
            Err(error) => Err(one(error.to_string())),
        }
    }
}

/// The policies that were read so far.
#[derive(Default)]
struct Sorted {
    any: Part,
    by_action: BTreeMap<Permission, Part>,
    /// Names that policies have given themselves.
    taken: HashSet<String>,
}

impl Cedar {
    /// Reads Cedar policies. What is in `@id("…")` is the policy's name in messages.
    ///
    /// # Errors
    /// A sentence for each mistake: of syntax, templates, actions that are no permission (`Action::"order:cancel"`), two policies of
    /// one name, and a text without any.
    pub fn read(text: &str) -> Result<Self, CedarError> {
        let set: PolicySet = text.parse().map_err(|error| syntax(&error, text))?;
        let names = Names::new().ok_or_else(|| one("Cedar refuses the names that admit gives to types"))?;
        let mut wrong: Vec<PolicyError> = set.templates().map(|template| filled_by_nobody(template, text)).collect();
        let mut sorted = Sorted::default();
        for (at, policy) in in_order(&set, text) {
            let line = text.get(..at).unwrap_or_default().matches('\n').count() + 1;
            wrong.extend(sorted.add(policy, line, &names).err().map(|sentence| PolicyError::at(at, sentence)));
        }
        if !wrong.is_empty() {
            return Err(CedarError(PolicyErrors(wrong).located(text)));
        }
        if set.is_empty() {
            return Err(one("there is no Cedar policy in it, so it would permit nothing"));
        }
        let (any, looks) = sorted.any.set()?;
        let named = |(permission, mut part): (Permission, Part)| {
            part.looks.join(&looks);
            let (action, resource) = (names.action(&permission), names.resource(&permission));
            let (policies, looks) = part.set()?;
            Ok((permission, Named { action, resource, policies, looks }))
        };
        let by_action = sorted.by_action.into_iter().map(named).collect::<Result<HashMap<_, _>, CedarError>>()?;
        Ok(Self { authorizer: Authorizer::new(), names, any, looks, by_action })
    }
}

impl Sorted {
    /// Puts a policy where it belongs; or says what is wrong with it.
    fn add(&mut self, policy: &Policy, line: usize, names: &Names) -> Result<(), String> {
        let name = match policy.annotation("id") {
            Some(name) if !self.taken.insert(name.to_owned()) => {
                return Err(format!("there is another policy with @id(\"{name}\"): give it another name"));
            }
            Some(name) => name.to_owned(),
            None => format!("{}, line {line}", policy.id()),
        };
        let policy = policy.new_id(PolicyId::new(name));
        let looks = Looks::of(&policy.to_json().map_err(|error| error.to_string())?);
        // One that is listed twice is about it once.
        let actions: HashSet<_> = match policy.action_constraint() {
            ActionConstraint::Any => {
                self.any.add(policy, &looks);
                return Ok(());
            }
            ActionConstraint::Eq(action) => [action].into(),
            ActionConstraint::In(actions) => actions.into_iter().collect(),
        };
        for action in actions {
            let permission = names.permission(&action).ok_or_else(|| {
                format!("{action} is never asked: an action is a permission, as in Action::\"order:cancel\"")
            })?;
            self.by_action.entry(permission).or_default().add(policy.clone(), &looks);
        }
        Ok(())
    }
}

fn filled_by_nobody(template: &Template, text: &str) -> PolicyError {
    let sentence = "this is a template (?principal, ?resource), and nothing fills it in: write the policy out";
    PolicyError { at: text.find(&template.to_cedar()), line: 0, sentence: sentence.to_owned() }
}

/// The policies in the order of the text, each with its place there. Cedar calls them policy0, policy1 and so on.
fn in_order<'a>(set: &'a PolicySet, text: &str) -> Vec<(usize, &'a Policy)> {
    let number =
        |policy: &&Policy| policy.id().to_string().trim_start_matches("policy").parse::<usize>().unwrap_or_default();
    let mut policies: Vec<&Policy> = set.policies().collect();
    policies.sort_by_key(number);
    let mut from = 0;
    let place = |policy: &'a Policy| {
        let written = policy.to_cedar().unwrap_or_default();
        let at = text.get(from..).and_then(|rest| rest.find(&written)).map_or(from, |at| from + at);
        from = at + written.len();
        (at, policy)
    };
    policies.into_iter().map(place).collect()
}

fn syntax(errors: &cedar_policy::ParseErrors, text: &str) -> CedarError {
    let first = DetailedError::from(errors);
    let sentence = |error: &DetailedError| {
        let label = error.source_locations.first();
        let said = label.and_then(|label| label.label.as_ref()).map(|said| format!(": {said}")).unwrap_or_default();
        let help = error.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
        PolicyError {
            at: label.map(|label| label.loc.start),
            line: 0,
            sentence: format!("{}{said}{help}", error.message),
        }
    };
    let all = std::iter::once(&first).chain(&first.related).map(sentence).collect();
    CedarError(PolicyErrors(all).located(text))
}

fn one(sentence: impl Into<String>) -> CedarError {
    CedarError(PolicyErrors(vec![PolicyError { at: None, line: 0, sentence: sentence.into() }]))
}
