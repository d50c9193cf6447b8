# SPDX-License-Identifier: Apache-2.0
# For stages of ./check written in Bash: adds up what commands say in their closing lines.
# shellcheck shell=bash

passed=0 failed=0 skipped=0

# Sets three variables from the last closing line in a file: "N passed, N failed[, N skipped]".
read_closing_line() {  # FILE
  local line
  line=$(grep -E '^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$' "$1" | tail -n 1)
  [ -n "$line" ] || return 1
  read -r now_passed _ now_failed _ now_skipped _ <<<"$line 0"
}

# Runs a command and adds its numbers; one that says none counts as a single test.
count() {  # COMMAND...
  local log status
  log=$(mktemp)
  "$@" </dev/null >"$log" 2>&1
  status=$?
  read_closing_line "$log" || { now_passed=$((status == 0)) now_failed=0 now_skipped=0; }
  if [ "$status" -ne 0 ] && [ "$now_failed" -eq 0 ]; then now_failed=1; fi
  passed=$((passed + now_passed)) failed=$((failed + now_failed)) skipped=$((skipped + now_skipped))
  printf -- '--- %s: %s passed, %s failed, %s skipped (status %s)\n' "$*" "$now_passed" "$now_failed" "$now_skipped" "$status"
  grep -vE '^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$' "$log"
  rm -f "$log"
}

# Something that could not be tried here.
skip() {  # REASON [HOW_MANY]
  skipped=$((skipped + ${2:-1}))
  echo "skipped: $1"
}

# The stage's last line and exit status.
closing() {
  local line="$passed passed, $failed failed"
  [ "$skipped" -eq 0 ] || line+=", $skipped skipped"
  echo "$line"
  [ "$failed" -eq 0 ]
  exit
}
