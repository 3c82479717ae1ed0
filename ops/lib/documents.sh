# shellcheck shell=bash disable=SC2154  # root is set by whoever sources this
# The schemas that documents of ours are checked with. Needs say.sh.

document_schemas=$root/build/documents

# get_document_schemas: those of ops/documents/package.json, once per file. Debian has npm but not them.
get_document_schemas() {
  local package=$root/ops/documents/package.json sum log=$run_dir/npm.log
  sum=$(sha256sum <"$package")
  [ "$(cat "$document_schemas/made-from" 2>/dev/null)" != "$sum" ] || return 0
  say documents "fetching the schemas of AsyncAPI and OpenAPI (ops/documents/package.json, 2 MB, once)"
  rm -rf "$document_schemas.part"
  mkdir -p "$document_schemas.part"
  cp "$package" "$document_schemas.part"
  if ! ( cd "$document_schemas.part" && npm install --no-package-lock --ignore-scripts --no-audit --no-fund ) </dev/null >"$log" 2>&1; then
    fail_as 69 "npm could not fetch the schemas: $(grep -m1 'npm ERR!\|npm error' "$log" | cut -c1-300) (whole log: $log)"
  fi
  echo "$sum" >"$document_schemas.part/made-from"
  rm -rf "$document_schemas"
  mv "$document_schemas.part" "$document_schemas"
}
