"""What macOS reads about the bundle: its name, its kind of document, its oldest system."""

from __future__ import annotations

from typing import Any

IDENTIFIER = "io.github.hvgui.hvgui"
"""The same name as that of the AppStream component."""
LAB_TYPE = f"{IDENTIFIER}.lab"


def info(version: str) -> dict[str, Any]:
    """The keys of Info.plist that PyInstaller does not write by itself."""
    return {
        "CFBundleDisplayName": "hvgui",
        "CFBundleShortVersionString": version,
        "NSHighResolutionCapable": True,
        "LSMinimumSystemVersion": "12.0",
        "LSApplicationCategoryType": "public.app-category.utilities",
        "CFBundleDocumentTypes": [
            {
                "CFBundleTypeName": "hvgui lab",
                "CFBundleTypeRole": "Editor",
                "LSHandlerRank": "Owner",
                "LSItemContentTypes": [LAB_TYPE],
            }
        ],
        "UTExportedTypeDeclarations": [
            {
                "UTTypeIdentifier": LAB_TYPE,
                "UTTypeDescription": "hvgui lab",
                "UTTypeConformsTo": ["public.data"],
                "UTTypeTagSpecification": {
                    "public.filename-extension": ["hvlab"],
                    "public.mime-type": ["application/x-hvgui-lab"],
                },
            }
        ],
    }
