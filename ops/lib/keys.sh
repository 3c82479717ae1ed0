# shellcheck shell=bash disable=SC2154  # run_dir and root are set by whoever sources this
# Keys of this installation's senders, made once at the first start, and the sources.json that names them. Real
# providers' keys would stand in their place. Needs say.sh and OpenSSL.
#
# $run_dir/keys/<source>.key      what the sender signs with: a secret text, or an unencrypted private key (PEM)
# $run_dir/keys/<source>.pub      for public keys: what the gateway checks with

keys=$run_dir/keys
seen_keys=${seen_keys:-$keys}  # where they lie for whoever reads sources.json

make_keys() {
  if [ ! -e "$keys/complete" ]; then
    ( umask 077 && mkdir -p "$keys" && make_each_key && touch "$keys/complete" ) ||
      fail "the keys could not be made in $keys: is the disk full, or the folder closed to this user?"
    say keys "made in ${keys#"$root/"}, for this installation alone"
  fi
  # Of senders that are younger than the installation.
  [ -s "$keys/leads.key" ] || ( umask 077 && echo "whsec_$(openssl rand -base64 32)" >"$keys/leads.key" ) || fail "no key could be made in $keys"
  [ -s "$keys/workers.key" ] || ( umask 077 && openssl rand -hex 32 >"$keys/workers.key" ) || fail "no key could be made in $keys"
  [ -s "$keys/seal.key.pub" ] || ( umask 077 && make_seal_key ) || fail "no key could be made in $keys"
}

# make_seal_key: to which lead workers' secrets are sealed: both halves are the last 32 bytes of their DER, in base64.
make_seal_key() {
  openssl genpkey -algorithm X25519 -out "$keys/seal.pem" 2>/dev/null
  openssl pkey -in "$keys/seal.pem" -outform DER | tail -c 32 | base64 >"$keys/seal.key"
  openssl pkey -in "$keys/seal.pem" -pubout -outform DER | tail -c 32 | base64 >"$keys/seal.key.pub"
  rm "$keys/seal.pem"
}

make_each_key() {
  openssl rand -hex 24 >"$keys/ghl-workflow.key"
  echo "millrace:$(openssl rand -hex 24)" >"$keys/aloware.key"
  echo "whsec_$(openssl rand -base64 32)" >"$keys/texting.key"
  openssl rand -hex 32 >"$keys/texting-hmac.key"
  openssl rand -hex 16 >"$keys/twilio.key"
  openssl rand -hex 32 >"$keys/verity.key"
  openssl rand -hex 16 >"$keys/mailgun.key"
  make_pair ghl -algorithm ed25519
  make_pair ghl-legacy -algorithm RSA -pkeyopt rsa_keygen_bits:2048
  make_pair sendgrid -algorithm EC -pkeyopt ec_paramgen_curve:P-256
  make_pair admin -algorithm ed25519
}

# make_pair <name> <genpkey options …>
make_pair() {
  local name=$1
  shift
  openssl genpkey "$@" -out "$keys/$name.key" 2>/dev/null
  openssl pkey -in "$keys/$name.key" -pubout -out "$keys/$name.pub"
}

# write_sources: who may post, and for which accounts. Where a webhook names no account, it is the source's name.
# Written whole at each start of ops/run; a running gateway reads it again when it changes. write_sources [file]
write_sources() {
  local file=${1:-$run_dir/sources.json}
  cat >"$file.part" <<SOURCES
{
  "sources": {
    "ghl": {"provider": "ghl", "family": "marketplace", "accounts": ["*"], "app_ids": ["6878cec452e7c8d29d4dd3d9"], "keys": [
      {"id": "demo", "signature": "ghl", "file": "$seen_keys/ghl.pub"},
      {"id": "demo-legacy", "signature": "ghl-legacy", "file": "$seen_keys/ghl-legacy.pub"}]},
    "ghl-workflow": {"provider": "ghl", "family": "workflow", "accounts": ["Loc0000000000000West"], "keys": [
      {"id": "demo", "signature": "bearer", "file": "$seen_keys/ghl-workflow.key"}]},
    "ghl-delivery": {"provider": "ghl", "family": "provider-delivery", "accounts": ["Loc0000000000000West"], "keys": [
      {"id": "demo", "signature": "ghl", "file": "$seen_keys/ghl.pub"}]},
    "aloware": {"provider": "aloware", "keys": [
      {"id": "demo", "signature": "basic", "file": "$seen_keys/aloware.key"}]},
    "texting": {"provider": "texting", "keys": [
      {"id": "demo", "signature": "standard-webhooks", "file": "$seen_keys/texting.key"},
      {"id": "demo-hmac", "signature": "texting-hmac", "file": "$seen_keys/texting-hmac.key"}]},
    "twilio": {"provider": "twilio", "accounts": ["AC00000000000000000000000000000001"], "public_url": "$gateway_url", "keys": [
      {"id": "demo", "file": "$seen_keys/twilio.key"}]},
    "verity": {"provider": "verity", "keys": [
      {"id": "demo", "signature": "broadcast-hmac", "file": "$seen_keys/verity.key"}]},
    "sendgrid": {"provider": "sendgrid", "keys": [
      {"id": "demo", "signature": "sendgrid", "file": "$seen_keys/sendgrid.pub"}]},
    "mailgun": {"provider": "mailgun", "family": "webhook", "keys": [
      {"id": "demo", "file": "$seen_keys/mailgun.key"}]},
    "leads": {"provider": "leads", "family": "acts", "keys": [
      {"id": "demo", "signature": "standard-webhooks", "file": "$seen_keys/leads.key"}]},
    "workers": {"provider": "leads", "family": "worker", "workers_of": "acme/west"},
    $(admin_source)
  }
}
SOURCES
  mv "$file.part" "$file"
}

# admin_source: whose word counts as an operator's.
admin_source() {
  cat <<ADMIN
"admin": {"provider": "admin", "accounts": ["acme/west"], "keys": [
      {"id": "demo", "file": "$seen_keys/admin.pub", "accounts": ["acme/west"], "types": ["*"]}]}
ADMIN
}

# write_administration <file>: the same for services that verify administration again, and have no business with other keys.
write_administration() {
  cat >"$1.part" <<SOURCES
{
  "sources": {
    $(admin_source)
  }
}
SOURCES
  mv "$1.part" "$1"
}
