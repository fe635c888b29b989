# Every command that a document prints can be pasted: the cheap ones are run, and print what is printed there; of the others the
# programs, files and options are there. The counts of README's kernels are those of conformance/support.txt.
# SPDX-License-Identifier: MIT
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Temp qw(tempdir);
use Test::More;
use Text::ParseWords qw(shellwords);

my ($build, $source) = map { abs_path($_) } @ARGV;
my @documents = grep { !m{^\Q$source\E/build/} } map { glob "'$source'/$_.md" } qw(* */* */*/*);
my $here = tempdir("tenbin-test.XXXXXX", TMPDIR => 1, CLEANUP => 1);

sub content {
  my ($path) = @_;
  open my $file, '<', $path or die "$path: $!";
  local $/;
  return <$file>;
}

# A folder like the clone, with this build in build/release, that the commands may write to.
sub clone {
  mkdir "$here/build";
  symlink $build, "$here/build/release";
  for my $each (glob "$source/*") {
    my ($name) = $each =~ m{([^/]*)$};
    symlink $each, "$here/$name" unless $name eq 'build';
  }
  chdir $here or die "$here: $!";
}

# The files that a document shows: the first block after the words "`NAME`, is complete:" or "such as `NAME`".
sub save_files {
  my ($text) = @_;
  my %file = ($text =~ /`([a-z]+\.c)`, is complete:\n\n```c\n(.*?)^```/gms, $text =~ /such as `([a-z]+\.[a-z]+)`[^\n]*\n\n((?:    [^\n]*\n)+)/g);
  for my $name (keys %file) {
    open my $file, '>', $name or die "$name: $!";
    print $file $file{$name};
    close $file;
  }
}

# Of the indented blocks: a command, and the lines of output after it.
sub commands {
  my ($text) = @_;
  my (@commands, $output);
  for my $line (split /\n/, $text) {
    if ($line =~ m{^    (?:\$ (.*)|((?:\./run|build/|cc ).*))$}) {
      my $command = defined $1 ? $1 : $2;
      $command =~ s/ +# .*//;
      push @commands, {command => $command, output => $output = []};
    } elsif ($line =~ /^    (.*)/ && $output) {
      push @$output, $1;
    } elsif ($line =~ /\S/) {
      undef $output;
    }
  }
  return @commands;
}

sub help {
  my ($tool) = @_;
  my $text = qx('$build/tenbin' $tool --help 2>&1);
  return $text;
}

# What is wrong with the options and files of a command that is not run; an empty text if nothing.
sub wrong {
  my ($known, @words) = @_;
  my ($wrong, $before) = ('', '');
  for my $word (@words) {
    (my $option = $word) =~ s/^--//;
    if ($word =~ /^--/) {
      $wrong .= "there is no option $word; " unless $known =~ /(--|["'])\Q$option\E\b/;
    } elsif ($word =~ m{/|\.so$|\.layers$} && $before !~ /^--(csv|out|svg)$/ && $word !~ /[ =]/) {
      $wrong .= "there is no file $word; " unless -e $word;
    }
    $before = $word;
  }
  return $wrong;
}

sub wrong_with_run {
  my ($name, @words) = @_;
  my %script = ('golden' => "$source/golden/export/export.py", 'bench-pytorch' => "$source/bench/peers/pytorch.py");
  $script{'bench-peers'} = $script{'bench-pytorch'};
  return "./run knows no $name" unless qx('$source/run' help) =~ /^  \Q$name\E\b/m;
  return wrong(content($script{$name} || "$source/run") . '--live', @words);
}

# Runs it: its exit code, and standard error and output.
sub run_it {
  my ($command) = @_;
  open my $script, '>', "$here/command" or die $!;
  print $script "exec </dev/null\n$command\n";
  close $script;
  my $code = system "sh '$here/command' >'$here/out' 2>'$here/err'";
  return ($code & 127 ? 128 + ($code & 127) : $code >> 8, content("$here/err") . content("$here/out"));
}

# Each printed line follows the one before it in the output, but for "..." what is left out between them.
sub missing_line {
  my ($got, @lines) = @_;
  my @got = map { s/\s+$//r } split /\n/, $got;
  for my $line (map { s/\s+$//r } grep { !/^\s*(\.\.\.)?\s*$/ } @lines) {
    shift @got while @got && $got[0] ne $line;
    return $line unless @got;
    shift @got;
  }
  return undef;
}

sub judge {
  my ($document, $command, @output) = @_;
  my @words = shellwords($command);
  my $name = "$document: $command";
  if ($words[0] eq './run' && $command !~ /&&/) {
    shift @words;
    return is(wrong_with_run(@words), '', $name);
  }
  if ($command =~ /^(\.\/run build && )?(build\/release\/tests\/\w+)/) {
    return ok(-x $2, $name);
  } elsif ($command =~ m{^build/pytorch/bin/python (\S+)}) {
    return ok(-e $1, $name);
  } elsif ($command =~ m{^build/release/tenbin (bench|gate|machine)\b}) {
    return is(wrong(help($1), @words[2 .. $#words]), '', $name);
  }
  my ($code, $got) = run_it($command);
  my $missing = missing_line($got, @output);
  ok($code <= 1 && !defined $missing, $name)
    or diag("exit code $code; ", defined $missing ? "it does not print: $missing" : '', "\nbut: ", substr($got, 0, 1500));
}

# Commands within a sentence: their options, where no name is to be filled in.
sub judge_spans {
  my ($document, $text) = @_;
  $text =~ s/^(    |```).*$//gm;
  while ($text =~ /`(?:build\/release\/)?(tenbin (\w+)|\.\/run ([\w-]+))((?: [^`]*)?)`/g) {
    my ($span, $tool, $own, $rest) = ($1, $2, $3, $4);
    next if $rest eq '';
    my @options = grep { /^--/ } shellwords($rest);
    is(defined $own ? wrong_with_run($own, @options) : wrong(help($tool) . '--help', @options), '', "$document: $span$rest");
  }
}

clone();
for my $path (@documents) {
  (my $document = $path) =~ s/^\Q$source\E\///;
  my $text = content($path);
  save_files($text);
  judge($document, $_->{command}, @{$_->{output}}) for commands($text);
  judge_spans($document, $text);
}

my $support = content("$source/conformance/support.txt");
my $readme = content("$source/README.md");
(my $counts = $readme) =~ s/(?<=\d),(?=\d)//g;
while ($counts =~ /^\| (\w+) \| \w+ \| .* \| (\d+) of \d+ \| (\d+) of \d+ \|$/gm) {
  my ($kernel, %cases) = ($1, quick => $2, full => $3);
  ok($support =~ /^$kernel  +[^ ].*?  +$cases{quick} +$cases{full}  /m,
    "README.md: $cases{quick} cases of the quick suite and $cases{full} of the full one for $kernel");
}
done_testing();
