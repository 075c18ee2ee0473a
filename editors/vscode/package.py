"""Packs this folder into a .vsix, which `code --install-extension` takes: `python editors/vscode/package.py`.

Needs Python alone, no npm: the extension has no dependencies and no build step.
"""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path
from xml.sax.saxutils import quoteattr

FOLDER = Path(__file__).parent
_LEFT_OUT = {"package.py", ".vscodeignore"}
_TYPES = """<?xml version="1.0" encoding="utf-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
  <Default Extension=".json" ContentType="application/json"/>
  <Default Extension=".js" ContentType="application/javascript"/>
  <Default Extension=".md" ContentType="text/markdown"/>
  <Default Extension=".vsixmanifest" ContentType="text/xml"/>
</Types>
"""


def manifest(package: dict[str, object]) -> str:
    """What says to VS Code what is in the package."""
    name, version, publisher = (quoteattr(str(package[key])) for key in ("name", "version", "publisher"))
    engine = quoteattr(str(dict(package["engines"])["vscode"]))  # type: ignore[call-overload]
    return f"""<?xml version="1.0" encoding="utf-8"?>
<PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011">
  <Metadata>
    <Identity Language="en-US" Id={name} Version={version} Publisher={publisher}/>
    <DisplayName>{package["displayName"]}</DisplayName>
    <Description xml:space="preserve">{package["description"]}</Description>
    <Categories>Programming Languages</Categories>
    <Properties>
      <Property Id="Microsoft.VisualStudio.Code.Engine" Value={engine}/>
      <Property Id="Microsoft.VisualStudio.Code.ExtensionDependencies" Value=""/>
    </Properties>
  </Metadata>
  <Installation><InstallationTarget Id="Microsoft.VisualStudio.Code"/></Installation>
  <Dependencies/>
  <Assets><Asset Type="Microsoft.VisualStudio.Code.Manifest" Path="extension/package.json" Addressable="true"/></Assets>
</PackageManifest>
"""


def pack(target: Path) -> None:
    """Write the package."""
    package = json.loads((FOLDER / "package.json").read_text(encoding="utf-8"))
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", _TYPES)
        packed.writestr("extension.vsixmanifest", manifest(package))
        for path in sorted(each for each in FOLDER.rglob("*") if each.is_file() and each.name not in _LEFT_OUT):
            packed.write(path, f"extension/{path.relative_to(FOLDER).as_posix()}")


if __name__ == "__main__":
    made = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER.parents[1] / "build" / "treadle.vsix"
    pack(made)
    print(f"written to {made}")
