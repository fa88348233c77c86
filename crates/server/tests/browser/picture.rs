//! How a page looks: the window's size, light and dark, and pictures.

use std::path::Path;

use serde_json::{Value, json};

use crate::browser::Browser;

impl Browser {
    /// Makes the window this size, whatever the desktop would allow.
    #[track_caller]
    pub(crate) fn size(&self, width: u64, height: u64) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", &size);
    }

    /// Prefers a dark or a light page.
    #[track_caller]
    pub(crate) fn dark(&self, dark: bool) {
        let value = if dark { "dark" } else { "light" };
        // Colours change at once, so that what is looked at next is not on its way from one to the other.
        let still = json!({ "name": "prefers-reduced-motion", "value": "reduce" });
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": value }, still] });
        self.devtools("Emulation.setEmulatedMedia", &media);
    }

    /// A command of Chromium's own protocol.
    #[track_caller]
    pub(crate) fn devtools(&self, command: &str, parameters: &Value) {
        self.driver.vendor(&self.session, "goog/cdp/execute", &json!({ "cmd": command, "params": parameters }));
    }

    /// Keeps a picture of what the window shows.
    #[track_caller]
    pub(crate) fn picture(&self, file: &Path) {
        std::fs::write(file, self.run(self.client.screenshot())).expect("the picture is kept");
    }
}
