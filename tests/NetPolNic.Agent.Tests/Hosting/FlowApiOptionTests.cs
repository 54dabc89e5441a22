using NetPolNic.Agent.Hosting;

namespace NetPolNic.Agent.Tests.Hosting;

/// <summary><c>--flow-api</c>: by templates and a queue where the port has that, or always one by one.</summary>
public sealed class FlowApiOptionTests
{
    [Fact]
    public void Knows_two_ways_for_rules_into_the_nic()
    {
        Assert.Equal("auto", new AgentOptions().FlowApi);
        Assert.DoesNotContain(new AgentOptions { FlowApi = "sync" }.Problems(), IsOfFlowApi);
        Assert.Contains(new AgentOptions { FlowApi = "async" }.Problems(), IsOfFlowApi);
    }

    private static bool IsOfFlowApi(string problem) => problem.StartsWith("--flow-api: ", StringComparison.Ordinal);
}
