using System.Net.Sockets;
using NetPolNic.Agent.Control;
using NetPolNic.Agent.Control.V1;

namespace NetPolNic.Agent.Tests.Control;

/// <summary>Client and server over a real Unix socket.</summary>
public sealed class ControlServerTests
{
    [Fact]
    public async Task Answers_over_the_socket()
    {
        await using ControlRig rig = await ControlRig.StartAsync();
        using ControlClient client = new(rig.Socket);

        Assert.Equal(SampleReplies.Status(), await client.StatusAsync(new StatusRequest { Top = 3 }, default));
        Assert.Equal(SampleReplies.Explain(), await client.ExplainAsync(new ExplainRequest(), default));
        Assert.Equal(
            ["cold of 'x/y'", "hot"],
            await client.RulesAsync(new RulesRequest { Pod = "x/y" }, default).Select(rule => rule.Matches).ToArrayAsync());
        Assert.Equal([SampleReplies.Punt()], await client.PuntsAsync(new PuntsRequest(), default).ToArrayAsync());
    }

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public async Task Lets_only_the_owner_in()
    {
        await using ControlRig rig = await ControlRig.StartAsync();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(rig.Socket));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(Path.GetDirectoryName(rig.Socket)!));
    }

    [Fact]
    public async Task Removes_the_socket_when_it_stops()
    {
        await using ControlRig rig = await ControlRig.StartAsync();

        await rig.StopServerAsync();

        Assert.False(File.Exists(rig.Socket));
    }

    [Fact]
    public async Task Replaces_a_socket_that_nobody_listens_on()
    {
        await using ControlRig rig = await ControlRig.StartAsync();
        await rig.StopServerAsync();
        LeaveStaleSocket(rig.Socket);

        await rig.StartServerAsync();

        using ControlClient client = new(rig.Socket);
        Assert.Equal(4711, (await client.StatusAsync(new StatusRequest(), default)).Agent.Pid);
    }

    [Fact]
    public async Task Leaves_the_socket_of_another_agent_alone()
    {
        await using ControlRig rig = await ControlRig.StartAsync();
        await using ControlServer second = rig.NewServer(new FakeReader { Status = _ => new StatusReply() });

        await second.StartAsync(default);
        await second.StopAsync(default);

        using ControlClient client = new(rig.Socket);
        Assert.Equal(4711, (await client.StatusAsync(new StatusRequest(), default)).Agent.Pid);
        Assert.Contains("Error: No control socket", rig.Log, StringComparison.Ordinal);
        Assert.Contains("another process listens on", rig.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("Hosting failed", rig.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Leaves_a_file_alone_that_is_no_socket()
    {
        await using ControlRig rig = await ControlRig.StartAsync();
        await rig.StopServerAsync();
        await File.WriteAllTextAsync(rig.Socket, "precious");

        await rig.StartServerAsync();

        Assert.Equal("precious", await File.ReadAllTextAsync(rig.Socket));
        Assert.Contains("exists and is no socket; it is left alone", rig.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Streams_one_status_after_the_other_and_tells_watchers_when_it_stops()
    {
        await using ControlRig rig = await ControlRig.StartAsync();
        long count = 0;
        rig.Reader.Status = _ => new StatusReply { Policy = new PolicyStatus { Generation = ++count } };
        using ControlClient client = new(rig.Socket);
        List<long> seen = [];

        Exception? end = await Record.ExceptionAsync(async () =>
        {
            await foreach (StatusReply reply in client.WatchAsync(new WatchStatusRequest { IntervalMs = 250 }, default))
            {
                seen.Add(reply.Policy.Generation);
                if (seen.Count == 3)
                {
                    await rig.StopServerAsync();
                }
            }
        });

        Assert.Equal([1, 2, 3], seen.Take(3));
        Assert.Contains("the agent is stopping", Assert.IsType<AgentUnreachableException>(end).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Passes_on_why_a_question_makes_no_sense()
    {
        await using ControlRig rig = await ControlRig.StartAsync();
        rig.Reader.Status = _ => throw new UnanswerableException("--pod: no local pod is called 'x/y'");
        using ControlClient client = new(rig.Socket);

        UnanswerableException problem =
            await Assert.ThrowsAsync<UnanswerableException>(() => client.StatusAsync(new StatusRequest(), default));

        Assert.Equal("--pod: no local pod is called 'x/y'", problem.Message);
    }

    [Fact]
    public async Task Reports_a_failure_of_the_agent_without_dying_of_it()
    {
        await using ControlRig rig = await ControlRig.StartAsync();
        rig.Reader.Status = _ => throw new InvalidOperationException("a defect");
        using ControlClient client = new(rig.Socket);

        await Assert.ThrowsAsync<AgentUnreachableException>(() => client.StatusAsync(new StatusRequest(), default));
        Assert.Equal("default/db", (await client.ExplainAsync(new ExplainRequest(), default)).To);
    }

    [Fact]
    public void Refuses_a_path_that_no_socket_can_have()
    {
        AgentUnreachableException problem =
            Assert.Throws<AgentUnreachableException>(() => new ControlClient($"/tmp/{new string('x', 200)}"));

        Assert.Contains("longer than 107 bytes", problem.Message, StringComparison.Ordinal);
    }

    // A socket's file goes with its process's descriptor unless it has been renamed meanwhile.
    private static void LeaveStaleSocket(string path)
    {
        using (Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            socket.Bind(new UnixDomainSocketEndPoint($"{path}.new"));
            File.Move($"{path}.new", path);
        }

        Assert.True(File.Exists(path));
    }
}
