using k8s.Models;
using NetPolNic.Deploy.Tests.Support;

namespace NetPolNic.Deploy.Tests;

public sealed class OptionNameTests
{
    [Theory]
    [MemberData(nameof(Rendered.Installations), MemberType = typeof(Rendered))]
    public async Task Config_map_names_only_options_of_the_agent(string installation)
    {
        Rendered rendered = await Rendered.OfAsync(installation);
        Assert.All(rendered.Config.Keys, key => Assert.True(AgentOptionsType.Knows(key), $"the agent has no option {key}"));
        Assert.All(
            rendered.Agent.Env.Where(variable => variable.Name != "HOST_IP"),
            variable => Assert.True(AgentOptionsType.Knows(variable.Name), $"the agent has no option {variable.Name}"));
    }

    [Theory]
    [MemberData(nameof(Rendered.Installations), MemberType = typeof(Rendered))]
    public async Task Agent_finds_nothing_wrong_with_the_pods_environment(string installation)
    {
        Rendered rendered = await Rendered.OfAsync(installation);
        Dictionary<string, string> variables = new(rendered.Config)
        {
            ["NETPOLNIC_NODE"] = "node-1",
            ["NETPOLNIC_METRICSLISTEN"] = "192.0.2.1:9099",
        };
        V1EnvVar node = rendered.Agent.Env.Single(variable => variable.Name == "NETPOLNIC_NODE");
        Assert.Equal("spec.nodeName", node.ValueFrom.FieldRef.FieldPath);
        Assert.Empty(AgentOptionsType.ProblemsOf(variables, isInCluster: true));
    }

    [Fact]
    public void Agent_finds_nothing_wrong_with_the_environment_file() =>
        Assert.Empty(AgentOptionsType.ProblemsOf(EnvironmentFile(isCommentedToo: false), isInCluster: false));

    [Fact]
    public void Environment_file_names_only_options_of_the_agent_even_in_comments()
    {
        KeyValuePair<string, string>[] variables = [.. EnvironmentFile(isCommentedToo: true)];
        Assert.True(variables.Length > 12);
        Assert.All(variables, variable => Assert.True(AgentOptionsType.Knows(variable.Key), $"the agent has no option {variable.Key}"));
    }

    [Theory]
    [InlineData("NETPOLNIC_UPLINK", true)]
    [InlineData("NETPOLNIC_PODPORTS__0", true)]
    [InlineData("NETPOLNIC_PODPORTS", false)]
    [InlineData("NETPOLNIC_UPLINK__0", false)]
    [InlineData("NETPOLNIC_UPLNK", false)]
    [InlineData("UPLINK", false)]
    public void Knows_its_options(string variable, bool isKnown) => Assert.Equal(isKnown, AgentOptionsType.Knows(variable));

    private static IEnumerable<KeyValuePair<string, string>> EnvironmentFile(bool isCommentedToo) =>
        File.ReadLines(Repo.At("deploy", "systemd", "netpolnic.env"))
            .Select(line => isCommentedToo && line.StartsWith("#NETPOLNIC_", StringComparison.Ordinal) ? line[1..] : line)
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split('=', 2))
            .Select(parts => new KeyValuePair<string, string>(parts[0], parts[1]));
}
