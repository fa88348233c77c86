//! How a page looks: the window's size, light and dark, and pictures.

use std::path::Path;

use serde_json::json;

use crate::browser::Browser;

impl Browser {
    /// Makes the window this size, whatever the desktop would allow.
    #[track_caller]
    pub(crate) fn size(&self, width: u64, height: u64) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.driver.devtools("Emulation.setDeviceMetricsOverride", &size);
    }

    /// Prefers a dark or a light page.
    #[track_caller]
    pub(crate) fn dark(&self, dark: bool) {
        let value = if dark { "dark" } else { "light" };
        // Colours change at once, so that what is looked at next is not on its way from one to the other.
        let still = json!({ "name": "prefers-reduced-motion", "value": "reduce" });
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": value }, still] });
        self.driver.devtools("Emulation.setEmulatedMedia", &media);
    }

    /// Keeps a picture of what the window shows.
    #[track_caller]
    pub(crate) fn picture(&self, file: &Path) {
        std::fs::write(file, self.run(self.client.screenshot())).expect("the picture is kept");
    }
}
