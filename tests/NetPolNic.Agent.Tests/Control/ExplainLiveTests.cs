using System.Text.Json;
using NetPolNic.Agent.Control;
using NetPolNic.Agent.Control.V1;

namespace NetPolNic.Agent.Tests.Control;

public sealed class ExplainLiveTests
{
    [Theory]
    [InlineData("default/frontend", "default/db", "tcp/6379")]
    [InlineData("default/frontend", "default/db", "6379/TCP")]
    [InlineData("default/frontend", "default/db", "6379")]
    [InlineData("--from", "default/frontend", "--to", "default/db", "--port", "6379")]
    [InlineData("--from", "default/frontend", "--to", "default/db", "tcp/6379")]
    public async Task Takes_the_question_as_words_or_options(params string[] args)
    {
        await using ControlRig rig = await ControlRig.StartAsync();
        ExplainRequest? asked = null;
        rig.Reader.Explain = request =>
        {
            asked = request;
            return SampleReplies.Explain();
        };

        var (status, _, error) = await rig.RunAsync("explain", ["--live", .. args]);

        Assert.Equal("", error);
        Assert.Equal(0, status);
        asked!.Protocol = asked.Protocol.ToUpperInvariant();
        Assert.Equal(
            new ExplainRequest { From = "default/frontend", To = "default/db", Protocol = "TCP", Port = 6379 }, asked);
    }

    [Fact]
    public async Task Answers_a_denial_with_status_1()
    {
        await using ControlRig rig = await ControlRig.StartAsync();
        ExplainReply denied = SampleReplies.Explain();
        denied.Verdict = "deny";
        rig.Reader.Explain = _ => denied;

        var (status, output, _) = await rig.RunAsync("explain", "--live", "a/b", "c/d", "icmp");

        Assert.Equal(1, status);
        Assert.StartsWith("denied  default/frontend (10.244.1.11) → default/db (10.244.1.10)", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prints_the_same_names_as_explain_by_manifests_as_json()
    {
        await using ControlRig rig = await ControlRig.StartAsync();

        var (_, live, _) = await rig.RunAsync("explain", "--live", "a/b", "c/d", "80", "-o", "json");
        var (_, offline, _) = await CommandLine.RunAsync(
            "explain", "-f", CommandLine.Example("seed"), "default/frontend", "default/db", "tcp/6379", "-o", "json");

        using JsonDocument ofAgent = JsonDocument.Parse(live);
        using JsonDocument ofManifests = JsonDocument.Parse(offline);
        foreach (JsonProperty field in ofManifests.RootElement.EnumerateObject().Where(field => field.Name != "enforcement"))
        {
            JsonElement same = ofAgent.RootElement.GetProperty(field.Name);
            Assert.Equal(field.Value.ValueKind is JsonValueKind.True or JsonValueKind.False, same.ValueKind is JsonValueKind.True or JsonValueKind.False);
            if (field.Value.ValueKind == JsonValueKind.Object)
            {
                Assert.All(field.Value.EnumerateObject(), inner => same.GetProperty(inner.Name));
            }
        }
    }

    [Theory]
    [InlineData("Option '--manifests' is required.", "a/b", "c/d", "80")]
    [InlineData("--manifests does not go with --live", "--live", "-f", "x", "a/b", "c/d", "80")]
    [InlineData("--nic does not go with --live", "--live", "--nic", "mlx5", "a/b", "c/d", "80")]
    [InlineData("--source-port goes with --live only", "-f", "x", "--source-port", "9", "a/b", "c/d", "80")]
    [InlineData("--to: say who", "--live", "a/b")]
    [InlineData("'tcp/x/1' is no protocol and port", "--live", "a/b", "c/d", "tcp/x/1")]
    [InlineData("both say which packet", "--live", "a/b", "c/d", "tcp/80", "--port", "81")]
    [InlineData("is one word too many", "--live", "--from", "a/b", "c/d", "e/f", "tcp/80")]
    public async Task Refuses_what_does_not_fit_together(string reason, params string[] args)
    {
        var (status, output, error) = await CommandLine.RunAsync(["explain", .. args]);

        Assert.Equal(2, status);
        Assert.Empty(output);
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Passes_on_that_an_end_is_unknown()
    {
        await using ControlRig rig = await ControlRig.StartAsync();
        rig.Reader.Explain = _ => throw new UnanswerableException("--from: 'a/b' is neither an address nor a pod");

        var (status, _, error) = await rig.RunAsync("explain", "--live", "a/b", "c/d", "80");

        Assert.Equal(2, status);
        Assert.Equal("netpolnic: --from: 'a/b' is neither an address nor a pod\n", error);
    }
}
