using System.Text.Json;
using NetPolNic.Agent.Control;

namespace NetPolNic.Agent.Tests.Control;

public sealed class StatusCommandTests
{
    [Fact]
    public async Task Prints_the_status_and_ends_with_0_when_ready()
    {
        await using ControlRig rig = await ControlRig.StartAsync();

        var (status, output, error) = await rig.RunAsync("status");

        Assert.Equal(0, status);
        Assert.Empty(error);
        Assert.StartsWith("ready  node-1  policy 7 in force for 3 min 12 s\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Says_what_is_missing_and_ends_with_1_when_not_ready()
    {
        await using ControlRig rig = await ControlRig.StartAsync();
        rig.Reader.Status = _ => SampleReplies.Status(ready: false);

        var (status, output, _) = await rig.RunAsync("status");

        Assert.Equal(1, status);
        Assert.StartsWith("not ready  node-1", output, StringComparison.Ordinal);
        Assert.Contains("missing the last round failed", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Asks_for_what_the_options_say()
    {
        await using ControlRig rig = await ControlRig.StartAsync();
        Agent.Control.V1.StatusRequest? asked = null;
        rig.Reader.Status = request =>
        {
            asked = request;
            return SampleReplies.Status();
        };

        await rig.RunAsync("status", "--pod", "default/db", "--top", "25");

        Assert.Equal(new Agent.Control.V1.StatusRequest { Pod = "default/db", Top = 25 }, asked);
    }

    [Fact]
    public async Task Lists_every_rule_hottest_first_and_every_region_where_asked_for()
    {
        await using ControlRig rig = await ControlRig.StartAsync();
        rig.Reader.Status = request =>
        {
            Assert.Equal(0u, request.Top);
            Agent.Control.V1.StatusReply reply = SampleReplies.Status();
            reply.Rules.Clear();
            return reply;
        };

        var (_, output, _) = await rig.RunAsync("status", "--rules", "--punts", "--pod", "default/db", "-o", "json");

        using JsonDocument json = JsonDocument.Parse(output);
        Assert.Equal(
            ["hot", "cold of 'default/db'"],
            json.RootElement.GetProperty("rules").EnumerateArray().Select(rule => rule.GetProperty("matches").GetString()!));
        Assert.Equal(
            "default/test-network-policy",
            json.RootElement.GetProperty("puntedRegions")[0].GetProperty("origin")[0].GetString());
    }

    [Fact]
    public async Task Says_which_socket_was_tried_where_no_agent_runs()
    {
        await using ControlRig rig = new();

        var (status, output, error) = await rig.RunAsync("status");

        Assert.Equal(2, status);
        Assert.Empty(output);
        Assert.Equal(
            $"netpolnic: {rig.Socket}: no agent listens there; start one with 'netpolnic run', or name its socket with " +
            "--socket or NETPOLNIC_CONTROLSOCKET\n",
            error);
    }

    [Fact]
    public async Task Refuses_to_refresh_into_a_pipe()
    {
        await using ControlRig rig = await ControlRig.StartAsync();

        var (status, output, error) = await rig.RunAsync("status", "--watch");

        Assert.Equal(2, status);
        Assert.Empty(output);
        Assert.Contains("--watch needs a terminal; into a pipe or file, --watch -o json", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--interval: 0.25 to 60 seconds", "--watch", "-o", "json", "--interval", "0")]
    [InlineData("--top: 0 or more", "--top", "-1")]
    [InlineData("--rules and --punts are for one answer", "--watch", "--rules")]
    [InlineData("did you mean '--rules'?", "--rule")]
    [InlineData("no local pod is called", "--pod", "nobody")]
    public async Task Refuses_what_makes_no_sense(string reason, params string[] args)
    {
        await using ControlRig rig = await ControlRig.StartAsync();
        rig.Reader.Status = request => request.Pod.Length == 0
            ? SampleReplies.Status()
            : throw new UnanswerableException($"--pod: no local pod is called '{request.Pod}' (namespace/name)");

        var (status, output, error) = await rig.RunAsync("status", args);

        Assert.Equal(2, status);
        Assert.Empty(output);
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Takes_the_socket_from_the_option_before_the_environment() =>
        Assert.Equal("/x/y.sock", ControlSocket.PathFrom("/x/y.sock"));
}
