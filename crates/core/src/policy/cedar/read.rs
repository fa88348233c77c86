//! From text to policies, sorted by the action that they are about.

use std::collections::{BTreeMap, HashMap, HashSet};

use cedar_policy::ffi::DetailedError;
use cedar_policy::{ActionConstraint, Authorizer, Policy, PolicyId, PolicySet};

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
            Err(error) => Err(one(nowhere(error.to_string()))),
        }
    }
}

impl Cedar {
    /// Reads Cedar policies. What is in `@id("…")` is the policy's name in messages.
    ///
    /// # Errors
    /// A sentence for each mistake: of syntax, templates, actions that are no permission (`Action::"order:cancel"`), two policies of
    /// one name, and a text without any.
    pub fn read(text: &str) -> Result<Self, CedarError> {
        let set: PolicySet = text.parse().map_err(|error| syntax(&error, text))?;
        let names = Names::new().ok_or_else(|| one(nowhere("Cedar refuses the names that admit gives to types")))?;
        let mut wrong: Vec<PolicyError> = set.templates().map(|template| PolicyError {
            at: text.find(&template.to_cedar()),
            line: 0,
            sentence: "this is a template (?principal, ?resource), and nothing fills it in: write the policy out".to_owned(),
        }).collect();

        let (mut any, mut by_action) = (Part::default(), BTreeMap::<Permission, Part>::new());
        let mut taken = HashSet::new();
        for (at, policy) in in_order(&set, text) {
            let named = policy.annotation("id").map(str::to_owned);
            if let Some(name) = named.as_ref().filter(|name| !taken.insert((*name).clone())) {
                wrong.push(PolicyError::at(at, format!("there is another policy with @id(\"{name}\"): give it another name")));
                continue;
            }
            let line = text.get(..at).unwrap_or_default().matches('\n').count() + 1;
            let name = named.map_or_else(|| format!("{}, line {line}", policy.id()), |name| format!("\"{name}\""));
            let policy = policy.new_id(PolicyId::new(name));
            let looks = match policy.to_json() {
                Ok(json) => Looks::of(&json),
                Err(error) => {
                    wrong.push(PolicyError::at(at, error.to_string()));
                    continue;
                }
            };
            let actions = match policy.action_constraint() {
                ActionConstraint::Any => {
                    any.add(policy, &looks);
                    continue;
                }
                ActionConstraint::Eq(action) => vec![action],
                ActionConstraint::In(actions) => actions,
            };
            for action in actions {
                match names.permission(&action) {
                    Some(permission) => by_action.entry(permission).or_default().add(policy.clone(), &looks),
                    None => wrong.push(PolicyError::at(
                        at,
                        format!("{action} is never asked: an action is a permission, as in Action::\"order:cancel\""),
                    )),
                }
            }
        }
        if wrong.is_empty() && set.is_empty() {
            wrong.push(nowhere("there is no Cedar policy in it, so it would permit nothing"));
        }
        if !wrong.is_empty() {
            return Err(CedarError(PolicyErrors(wrong).located(text)));
        }
        let (any, looks) = any.set()?;
        let named = |(permission, mut part): (Permission, Part)| {
            part.looks.join(&looks);
            let (action, resource) = (names.action(&permission), names.resource(&permission));
            let (policies, looks) = part.set()?;
            Ok((permission, Named { action, resource, policies, looks }))
        };
        let by_action = by_action.into_iter().map(named).collect::<Result<HashMap<_, _>, CedarError>>()?;
        Ok(Self { authorizer: Authorizer::new(), names, any, looks, by_action })
    }
}

/// The policies in the order of the text, each with its place there. Cedar calls them policy0, policy1 and so on.
fn in_order<'a>(set: &'a PolicySet, text: &str) -> Vec<(usize, &'a Policy)> {
    let number = |policy: &&Policy| policy.id().to_string().trim_start_matches("policy").parse::<usize>().unwrap_or_default();
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
        PolicyError { at: label.map(|label| label.loc.start), line: 0, sentence: format!("{}{said}{help}", error.message) }
    };
    let all = std::iter::once(&first).chain(&first.related).map(sentence).collect();
    CedarError(PolicyErrors(all).located(text))
}

fn nowhere(sentence: impl Into<String>) -> PolicyError {
    PolicyError { at: None, line: 0, sentence: sentence.into() }
}

fn one(error: PolicyError) -> CedarError {
    CedarError(PolicyErrors(vec![error]))
}
