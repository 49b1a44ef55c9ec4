/** Scalar's browser bundle contains its dependencies. Nothing else of the package is used. */
const readPackage = (manifest) => {
  if (manifest.name === "@scalar/api-reference") manifest.dependencies = {};
  return manifest;
};

module.exports = { hooks: { readPackage } };
