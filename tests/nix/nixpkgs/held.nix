# A package that lies in the store already: an attribute set like a derivation, without a build.
{
  pname,
  version,
  path,
  ...
}@given:
{
  type = "derivation";
  name = "${pname}-${version}";
  inherit pname version;
  outPath = path;
  out = path;
  outputName = "out";
}
// removeAttrs given [ "path" ]
