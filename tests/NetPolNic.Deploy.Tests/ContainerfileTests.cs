using System.Text.RegularExpressions;
using System.Xml.Linq;
using NetPolNic.Deploy.Tests.Support;

namespace NetPolNic.Deploy.Tests;

public sealed partial class ContainerfileTests
{
    private static readonly string[] s_instructions =
    [
        .. Continuation().Replace(
            string.Join('\n', File.ReadLines(Repo.At("deploy", "Containerfile")).Where(line => line is not ['#', ..])), " ")
            .Split('\n').Where(line => line.Trim().Length > 0),
    ];

    [Fact]
    public void Every_line_is_an_instruction()
    {
        string[] known = ["ARG", "FROM", "WORKDIR", "COPY", "RUN", "ENV", "LABEL", "USER", "ENTRYPOINT", "CMD", "HEALTHCHECK", "STOPSIGNAL"];
        Assert.All(s_instructions, line => Assert.Contains(line.Split(' ')[0], known));
    }

    [Fact]
    public void Images_are_the_builders_choice()
    {
        string[] stages = [.. Of("FROM").Select(line => line.Split(" AS ")[1])];
        string[] images = [.. Of("FROM").Select(line => line.Split(" AS ")[0]).Except(stages).Distinct()];
        Assert.Equal(["${SDK_IMAGE}", "${RUNTIME_IMAGE}"], images);
        Assert.Contains("SDK_IMAGE", Of("ARG"));
        Assert.Contains("RUNTIME_IMAGE", Of("ARG"));
        Assert.Equal("runtime", stages[^1]);
    }

    [Fact]
    public void Sources_that_are_copied_exist()
    {
        string[] sources = [.. Copied()];
        Assert.True(sources.Length > 8);
        Assert.All(sources, source => Assert.True(Path.Exists(Repo.At(source)), source));
    }

    [Fact]
    public void Copies_between_stages_name_a_stage_before()
    {
        List<string> stages = [];
        foreach (string line in s_instructions)
        {
            if (line.StartsWith("FROM ", StringComparison.Ordinal))
            {
                stages.Add(line.Split(" AS ")[1]);
            }
            else if (StageOfCopy().Match(line) is { Success: true } copy)
            {
                Assert.Contains(copy.Groups[1].Value, stages);
            }
        }

        Assert.Equal(["build", "emunic", "base", "emulated", "runtime"], stages);
    }

    [Fact]
    public void Every_project_that_the_agent_needs_is_copied()
    {
        string[] folders = [.. Copied().Where(source => source.EndsWith('/')).Select(source => Repo.At(source.TrimEnd('/')) + "/")];
        HashSet<string> seen = [];
        Queue<string> projects = new([Repo.At("Driver", "Agent", "NetPolNic.Agent.csproj")]);
        while (projects.TryDequeue(out string? project))
        {
            if (!seen.Add(project))
            {
                continue;
            }

            Assert.Contains(folders, folder => project.StartsWith(folder, StringComparison.Ordinal));
            foreach (XElement reference in XDocument.Load(project).Descendants("ProjectReference"))
            {
                projects.Enqueue(Path.GetFullPath(reference.Attribute("Include")!.Value, Path.GetDirectoryName(project)!));
            }
        }

        Assert.True(seen.Count >= 6);
    }

    private static IEnumerable<string> Of(string instruction) =>
        s_instructions.Where(line => line.StartsWith($"{instruction} ", StringComparison.Ordinal)).Select(line => line[(instruction.Length + 1)..]);

    private static IEnumerable<string> Copied() =>
        Of("COPY").Where(line => !line.StartsWith("--from=", StringComparison.Ordinal)).SelectMany(line => line.Split(' ')[..^1]);

    [GeneratedRegex(@"\\\n\s*")]
    private static partial Regex Continuation();

    [GeneratedRegex(@"^COPY --from=(\S+) ")]
    private static partial Regex StageOfCopy();
}
