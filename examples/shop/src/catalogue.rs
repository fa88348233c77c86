//! The catalogue, in memory: it begins anew with each start of the demo.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use admit::{Action, Allowed};

use crate::price::Price;
use crate::product::{Edit, Name, Product};

/// Changing a product: what [`Shop::update`] asks a proof of.
#[derive(Debug)]
pub struct UpdateProduct;

impl Action for UpdateProduct {
    const PERMISSION: &'static str = "product:update";
}

/// The catalogue. Its clones are the same catalogue.
#[derive(Clone, Debug)]
pub struct Shop(Arc<Mutex<BTreeMap<u32, Product>>>);

impl Default for Shop {
    /// Six things for a desk.
    fn default() -> Self {
        let stock = [
            ("Linen notebook, A5", 1250),
            ("Walnut desk lamp", 6400),
            ("Brass mechanical pencil", 2490),
            ("Pour-over coffee set", 3850),
            ("Wool felt desk mat", 4500),
            ("Enamel travel mug", 1800),
        ];
        let product = |(id, (name, cents)): (u32, (&str, u32))| {
            Some((id, Product { id, name: Name::parse(name).ok()?, price: Price::of_cents(cents) }))
        };
        Self(Arc::new(Mutex::new((1..).zip(stock).filter_map(product).collect())))
    }
}

impl Shop {
    /// Every product, by number.
    #[must_use]
    pub fn products(&self) -> Vec<Product> {
        self.locked().values().cloned().collect()
    }

    /// One product.
    #[must_use]
    pub fn find(&self, id: u32) -> Option<Product> {
        self.locked().get(&id).cloned()
    }

    /// Changes a product, and gives it as it is now; `None` when there is none of that number.
    ///
    /// The proof is not looked at: that it exists is enough. Only the gate makes one, and only for a request whose route
    /// requires `product:update` of a caller who has it.
    pub fn update(&self, _proof: &Allowed<UpdateProduct>, id: u32, edit: Edit) -> Option<Product> {
        let mut products = self.locked();
        let product = products.get_mut(&id)?;
        product.name = edit.name;
        product.price = edit.price;
        Some(product.clone())
    }

    /// A thread that panicked while it held the lock can have left no half-written product: each is written field by
    /// field from values that are already whole.
    fn locked(&self) -> MutexGuard<'_, BTreeMap<u32, Product>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shop_opens_with_six_products_numbered_from_one() {
        let shop = Shop::default();
        assert_eq!(shop.products().iter().map(|product| product.id).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
        assert_eq!(
            serde_json::to_string(&shop.find(1).unwrap()).unwrap(),
            r#"{"id":1,"name":"Linen notebook, A5","price":12.5}"#
        );
        assert_eq!(shop.find(7), None);
    }
}
