"""Made industrial pictures with defects and masks, to try methods on."""
