# Every command that a document prints can be pasted: the cheap ones are run, and print what is printed there (once, where several
# documents print one), and so are those that judge a kernel on a suite, of which a commit runs a part (sample.sh); of the others
# the programs, files and options are there. Every link leads somewhere. What a document lists is what the sources have: verdicts, claims,
# exit codes, kernels with their counts, and README's excerpt of kernels/example.c.
# SPDX-License-Identifier: MIT
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Temp qw(tempdir);
use Test::More;
use Text::ParseWords qw(shellwords);

my ($build, $source) = map { abs_path($_) } @ARGV;
my @documents = grep { !m{^\Q$source\E/build/} } map { glob "'$source'/$_.md" } qw(* */* */*/*);
my %ran; # by command, what it left
my ($part, $parts) = split m{/}, $ENV{TENBIN_SAMPLE} // '1/1';
my $suites = 0; # commands that judge a kernel on a suite
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

# The files that a document shows: the first block after the words "such as `NAME`".
sub save_files {
  my ($text) = @_;
  my %file = ($text =~ /such as `([a-z]+\.[a-z]+)`[^\n]*\n\n((?:    [^\n]*\n)+)/g);
  for my $name (keys %file) {
    open my $file, '>', $name or die "$name: $!";
    print $file $file{$name};
    close $file;
    %ran = ();
  }
}

# Of the indented blocks: a command, and the lines of output after it.
sub commands {
  my ($text) = @_;
  my (@commands, $output);
  for my $line (split /\n/, $text) {
    if ($line =~ m{^ {4}(?: {3})?(?:\$ (.*)|((?:\./run|build/|cc |ctest |python3 |sh ).*))$}) {
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
  my %script = ('golden' => 'golden/export/export.py', 'bench-pytorch' => 'bench/peers/pytorch.py');
  $script{'bench-peers'} = $script{'bench-pytorch'};
  return "./run knows no $name" unless qx('$source/run' help) =~ /^  \Q$name\E\b/m;
  return wrong(content("$source/run") . ($script{$name} ? qx(python3 '$source/$script{$name}' --help) : ''), @words);
}

# Runs it, unless it has been run on the same files: its exit code, and standard error and output.
sub run_it {
  my ($command) = @_;
  return @{$ran{$command} //= [run_now($command)]};
}

sub run_now {
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
  } elsif ($command =~ m{^(?:build/pytorch/bin/python|python3|sh) (\S+)}) {
    return ok(-e $1, $name);
  } elsif ($command =~ /^ctest --preset (\w+)/) {
    return like(content("$source/CMakePresets.json"), qr/"testPresets".*"name": "$1"/s, $name);
  } elsif ($command =~ m{^build/release/tenbin (bench|gate|machine)\b}) {
    return is(wrong(help($1), @words[2 .. $#words]), '', $name);
  } elsif ($command =~ m{^build/release/tenbin (check|diagnose)\b} && $command !~ /--case /) {
    return is(wrong(help($1), map { s/[.]so\K:\w+$//r } @words[2 .. $#words]), '', $name) if $suites++ % $parts != $part - 1;
  }
  my ($code, $got) = run_it($command);
  my $missing = missing_line($got, @output);
  my $failing = grep { /\d cases fail\. What is wrong with it:/ } @output;
  ok($code == ($failing ? 1 : 0) && !defined $missing, $name)
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

# The anchors of a document's headings, as they are made of their words.
sub anchors {
  my ($text) = @_;
  return map { my $word = lc; $word =~ s/[^\w\- ]//g; $word =~ s/ /-/g; $word } $text =~ /^#+ (.*)$/gm;
}

sub judge_links {
  my ($document, $text) = @_;
  my $folder = "$source/$document" =~ s{[^/]*$}{}r;
  my @broken;
  $text =~ s/^(```.*?^```|    .*?)$//gms;
  while ($text =~ /\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)/g) {
    my ($path, $anchor) = ($1 eq '' ? "$source/$document" : "$folder$1", $2);
    push @broken, $1 unless -e $path;
    push @broken, "$1#$anchor" if defined $anchor && -f $path && !grep { $_ eq $anchor } anchors(content($path));
  }
  is("@broken", '', "$document: its links");
}

# The first words of a table's rows, up to the next heading.
sub listed {
  my ($text, $heading) = @_;
  my ($section) = $text =~ /^## \Q$heading\E\n(.*?)(?=^## |\z)/ms;
  return grep { !/^(verdict|claim|exit code|-+)$/ } ($section // '') =~ /^\| *(.*?) *\|/gm;
}

sub members {
  my ($header, $pattern) = @_;
  return content("$source/$header") =~ /^  $pattern/gm;
}

clone();
for my $path (@documents) {
  (my $document = $path) =~ s/^\Q$source\E\///;
  my $text = content($path);
  save_files($text);
  judge($document, $_->{command}, @{$_->{output}}) for commands($text);
  judge_spans($document, $text);
  judge_links($document, $text);
}

my $conformance = content("$source/conformance/README.md");
my @verdicts = map { lc s/_/ /gr } members('conformance/judge/judge.h', qr/TB_V_(\w+)/);
is_deeply([listed($conformance, 'Verdicts')], \@verdicts, "conformance/README.md: all verdicts, and no others");
my ($claims) = content("$source/kernels/kernel.h") =~ /^typedef enum tenbin_claim \{(.*?)^\}/ms;
is_deeply([listed($conformance, 'Claims')], [$claims =~ /^  (TENBIN_\w+) =/gm], "conformance/README.md: all claims");
is_deeply([listed($conformance, 'Exit codes')], [members('base/program.h', qr/TB_EXIT_\w+ = (\d+)/)], "conformance/README.md: all exit codes");

my ($excerpt) = content("$source/README.md") =~ /^```c\n(.*?)^```$/ms;
is(missing_line(content("$source/kernels/example.c"), split /\n/, $excerpt), undef, "README.md: its excerpt of kernels/example.c");

my @kernels = content("$source/kernels/kernels.inc") =~ /^KERNEL\((\w+)\)/gm;
my $support = content("$source/conformance/support.txt");
(my $counts = content("$source/kernels/README.md")) =~ s/(?<=\d),(?=\d)//g;
for my $kernel (@kernels) {
  my ($quick, $full) = $counts =~ /^\| $kernel \| [\w.]+ \| .* \| (\d+) of \d+ \| (\d+) of \d+ \|$/m;
  ok(defined $quick && $support =~ /^$kernel  +[^ ].*?  +$quick +$full  /m, "kernels/README.md: the counts of $kernel");
}
done_testing();
