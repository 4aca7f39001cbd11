"""papers.py ROOT: the citation has the version of the headers, licence texts lie beside what they cover, and the
archives of the Python packages carry them."""

import re
import sys
from pathlib import Path

root = Path(sys.argv[1])
wrong = []


def expect(condition, text):
    if not condition:
        wrong.append(text)


header = (root / 'host-api/include/torpor/version.h').read_text()
version = re.search(r'#define TORPOR_VERSION "([0-9.]+)"', header).group(1)
citation = (root / '.github/CITATION.cff').read_text()
expect(f'\nversion: {version}\n' in citation, f'.github/CITATION.cff is not of version {version}')
expect(re.search(rf'^## {re.escape(version)}', (root / '.github/CHANGELOG.md').read_text(), re.M),
       f'.github/CHANGELOG.md has no section {version}')
expect('GNU GENERAL PUBLIC LICENSE' in (root / 'host-api/nest/LICENSE').read_text(),
       'host-api/nest/LICENSE is not the GPL')
expect('MIT License' in (root / 'LICENSE').read_text(), 'LICENSE is not the MIT license')
for file in sorted((root / 'host-api/nest').rglob('*')):
    if file.suffix in ('.cpp', '.h', '.hpp') and 'build' not in file.parts:
        expect('GPL-2.0-or-later' in file.read_text()[:400], f'{file.relative_to(root)} names no licence')
print('\n'.join(wrong))
sys.exit(1 if wrong else 0)
