# SPDX-License-Identifier: Apache-2.0
# fish completion for tidemark

function __tidemark_verb
    set -l words (commandline -opc)
    test (count $words) -ge 3; and contains -- $words[3] $argv
end

complete -c tidemark -f
complete -c tidemark -n 'test (count (commandline -opc)) -eq 1' -a store -d 'Look at, check and mend a store'
complete -c tidemark -n 'test (count (commandline -opc)) -eq 1' -l version -d 'Show the version'
complete -c tidemark -l help -d 'Show help'

set -l at_verb 'test (count (commandline -opc)) -eq 2'
complete -c tidemark -n $at_verb -a info -d 'What a directory holds and in which state it is'
complete -c tidemark -n $at_verb -a ls -d 'Topics, queues and their offsets'
complete -c tidemark -n $at_verb -a recover -d 'Open, recover and close the store'
complete -c tidemark -n $at_verb -a dump -d 'Print every record, queue and key'
complete -c tidemark -n $at_verb -a verify -d 'Check everything'
complete -c tidemark -n $at_verb -a repair -d 'Make a damaged store open again'
complete -c tidemark -n $at_verb -a export -d 'Print every message as a line of JSON'
complete -c tidemark -n $at_verb -a import -d 'Append the messages that export printed'
complete -c tidemark -n $at_verb -a load -d 'Append made-up messages'

set -l all '__tidemark_verb info ls recover dump verify repair export import load'
complete -c tidemark -n $all -a '(__fish_complete_directories)'
complete -c tidemark -n $all -l json -d 'Print lines of JSON'
complete -c tidemark -n $all -l config -r -F -d 'A broker.conf with the sizes of the files'

complete -c tidemark -n '__tidemark_verb dump export' -l topic -x -d 'Only this topic'
complete -c tidemark -n '__tidemark_verb dump export' -l queue -x -d 'Only queues of this number'
complete -c tidemark -n '__tidemark_verb dump' -l key -x -d 'Only messages with this key'
complete -c tidemark -n '__tidemark_verb dump' -l from -x -d 'Stored at or after this time'
complete -c tidemark -n '__tidemark_verb dump' -l to -x -d 'Stored at or before this time'
complete -c tidemark -n '__tidemark_verb dump' -l no-units -d 'Leave out the units of queues'
complete -c tidemark -n '__tidemark_verb dump' -l no-keys -d 'Leave out the look-ups of keys'
complete -c tidemark -n '__tidemark_verb dump repair' -l as-java -d 'As a Java broker does'
complete -c tidemark -n '__tidemark_verb repair' -l apply -d 'Do it'
complete -c tidemark -n '__tidemark_verb repair' -l salvage -d 'Append what lies behind the damage again'
complete -c tidemark -n '__tidemark_verb repair' -l rebuild -d 'Build queues and index anew'
complete -c tidemark -n '__tidemark_verb import' -l file -r -F -d 'Lines of JSON'
complete -c tidemark -n '__tidemark_verb load' -l producers -x -d 'Threads that append'
complete -c tidemark -n '__tidemark_verb load' -l messages -x -d 'Stop after so many'
complete -c tidemark -n '__tidemark_verb load' -l seconds -x -d 'Stop after so long'
complete -c tidemark -n '__tidemark_verb load' -l size -x -d 'Bytes of a body'
complete -c tidemark -n '__tidemark_verb load' -l durability -x -a 'memory kernel device' -d 'How safe'
complete -c tidemark -n '__tidemark_verb load' -l batch -x -d 'Messages in a batch'
complete -c tidemark -n '__tidemark_verb load' -l topics -x -d 'Topics'
complete -c tidemark -n '__tidemark_verb load' -l queues -x -d 'Queues of each topic'
complete -c tidemark -n '__tidemark_verb load' -l segment-bytes -x -d 'Size of the log files'
complete -c tidemark -n '__tidemark_verb load' -l seed -x -d 'What bodies and keys are made from'
complete -c tidemark -n '__tidemark_verb load' -l print-acks -d 'Print acknowledgements'
complete -c tidemark -n '__tidemark_verb load' -l print-tries -d 'Print attempts'
