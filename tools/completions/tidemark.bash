# SPDX-License-Identifier: Apache-2.0
# bash completion for tidemark

_tidemark() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local common="--json --config --help"
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W "store --version --help" -- "$current")
    return
  fi
  if ((COMP_CWORD == 2)); then
    mapfile -t COMPREPLY < <(compgen -W "info ls recover dump verify repair export import load --help" -- "$current")
    return
  fi
  case $previous in
    --config | --file)
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return
      ;;
    --durability)
      mapfile -t COMPREPLY < <(compgen -W "memory kernel device" -- "$current")
      return
      ;;
  esac
  local flags=$common
  case ${COMP_WORDS[2]} in
    info | ls | recover | verify) ;;
    dump) flags+=" --topic --queue --key --from --to --as-java --no-units --no-keys" ;;
    repair) flags+=" --apply --as-java --salvage --rebuild" ;;
    export) flags+=" --topic --queue" ;;
    import) flags+=" --file" ;;
    load)
      flags+=" --producers --messages --seconds --size --durability --batch --topics --queues"
      flags+=" --segment-bytes --seed --print-acks --print-tries"
      ;;
  esac
  if [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$current")
  else
    mapfile -t COMPREPLY < <(compgen -d -- "$current")
  fi
}
complete -o filenames -F _tidemark tidemark
