using NetPolNic.Agent.Commands;
using NetPolNic.Agent.Hosting;
using NetPolNic.Fallback.Worker;

namespace NetPolNic.Agent.Tests.Hosting;

/// <summary>Where poll loops run, and whose code they are.</summary>
public sealed class PollLoopOptionsTests
{
    [Theory]
    [InlineData("0", "0")]
    [InlineData("3,1", "3 1")]
    [InlineData("2,4-6", "2 4 5 6")]
    [InlineData(" 2 , 4 - 5 ", "2 4 5")]
    [InlineData("7-7", "7")]
    public void Reads_lists_of_CPUs(string text, string cpus) => Assert.Equal(cpus, string.Join(' ', LcoreList.Parse(text) ?? []));

    [Theory]
    [InlineData("")]
    [InlineData(",")]
    [InlineData("1,")]
    [InlineData("-1")]
    [InlineData("3-1")]
    [InlineData("1-2-3")]
    [InlineData("1,0-2")]
    [InlineData("0-99999")]
    [InlineData("one")]
    public void Refuses_what_is_no_list_of_CPUs(string text)
    {
        Assert.Null(LcoreList.Parse(text));
        Assert.Contains(new AgentOptions { Lcore = text }.Problems(), problem => problem.StartsWith("--lcore: ", StringComparison.Ordinal));
    }

    [Fact]
    public void Refuses_a_CPU_that_the_machine_has_not()
    {
        string beyond = $"0,{Environment.ProcessorCount}";
        Assert.Contains(
            new AgentOptions { Lcore = beyond }.Problems(),
            problem => problem.Contains($"not {beyond}", StringComparison.Ordinal));
    }

    [Fact]
    public void Knows_two_kinds_of_poll_loop()
    {
        Assert.Equal("native", new AgentOptions().PollLoop);
        Assert.DoesNotContain(new AgentOptions { PollLoop = "managed" }.Problems(), IsOfPollLoop);
        Assert.Contains(new AgentOptions { PollLoop = "other" }.Problems(), IsOfPollLoop);
    }

    [Fact]
    public void Says_how_to_get_a_library_that_is_missing()
    {
        string named = FastPath.Locate("/nonexistent/loop.so");
        Assert.Equal("/nonexistent/loop.so", named);
        string message = Assert.Throws<UnusableInputException>(() => FastPath.Load(named)).Message;
        Assert.Contains("/nonexistent/loop.so is missing", message, StringComparison.Ordinal);
        Assert.Contains("dotnet publish Fallback/FastPath", message, StringComparison.Ordinal);
        Assert.Contains("NETPOLNIC_FASTPATH", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Finds_the_library_of_this_build()
    {
        Assert.EndsWith(FastPathLibrary.FileName, FastPath.Locate(null), StringComparison.Ordinal);
        Assert.Equal(FastPath.Library, FastPath.Library);
    }

    private static bool IsOfPollLoop(string problem) => problem.StartsWith("--poll-loop: ", StringComparison.Ordinal);
}
