using System.Globalization;
using Emunic.Tests.Support;

namespace Emunic.Tests;

/// <summary>Templates and flow queues, asked for by a stock testpmd.</summary>
public sealed class AsyncTests(AsyncTests.Devices devices) : IClassFixture<AsyncTests.Devices>
{
    [Fact]
    public void Says_what_it_has_when_asked()
    {
        string answer = devices.At("async=yes,async_size=8,size=100").Run("flow info @");

        Assert.Contains("Number of queues: 4", answer, StringComparison.Ordinal);
        Assert.Contains("Size of queues: 8", answer, StringComparison.Ordinal);
        Assert.Contains("Number of counters: 100", answer, StringComparison.Ordinal);
        Assert.Contains("not supported", devices.At("async=no").Run("flow info @"), StringComparison.Ordinal);
    }

    [Fact]
    public void Operation_takes_effect_when_pushed_and_is_answered_when_pulled()
    {
        Device device = devices.At("async=yes").Configure();
        Assert.Contains("creation enqueued", device.Run(Create(1)), StringComparison.Ordinal);
        Assert.DoesNotContain("ipv4.dst", device.Run("flow dump @ all"), StringComparison.Ordinal);
        Assert.Contains("pulled 0 operations", device.Run("flow pull @ queue 0"), StringComparison.Ordinal);

        device.Run("flow push @ queue 0");
        Assert.Contains(
            "eth ipv4 tcp | ipv4.dst&0xffffffff=0xa000001 l4.dst&0xffff=0x50 -> drop",
            device.Run("flow dump @ all"),
            StringComparison.Ordinal);
        Assert.Contains(
            "pulled 1 operations (0 failed, 1 succeeded)", device.Run("flow pull @ queue 0"), StringComparison.Ordinal);

        device.Run("flow queue @ destroy 0 postpone yes rule 0");
        Assert.Contains("ipv4.dst", device.Run("flow dump @ all"), StringComparison.Ordinal);
        device.Run("flow push @ queue 0");
        Assert.DoesNotContain("ipv4.dst", device.Run("flow dump @ all"), StringComparison.Ordinal);
        Assert.Contains(
            "pulled 1 operations (0 failed, 1 succeeded)", device.Run("flow pull @ queue 0"), StringComparison.Ordinal);
    }

    [Fact]
    public void Table_stays_until_its_rules_are_gone()
    {
        Device device = devices.At("async=yes").Configure();
        device.Run([Create(1), "flow push @ queue 0", "flow pull @ queue 0"]);
        Assert.Contains(
            "the table has 1 rules", device.Run("flow template_table @ destroy table 1"), StringComparison.Ordinal);
        Assert.Contains(
            "1 tables use the pattern template",
            device.Run("flow pattern_template @ destroy pattern_template 1"),
            StringComparison.Ordinal);

        device.Run(["flow queue @ destroy 0 postpone no rule 0", "flow pull @ queue 0"]);
        Assert.Contains(
            "Template table #1 destroyed", device.Run("flow template_table @ destroy table 1"), StringComparison.Ordinal);
        Assert.Contains(
            "Pattern template #1 destroyed",
            device.Run("flow pattern_template @ destroy pattern_template 1"),
            StringComparison.Ordinal);
        Assert.Contains(
            "Actions template #1 destroyed",
            device.Run("flow actions_template @ destroy actions_template 1"),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_an_operation_when_the_queue_or_the_table_is_full()
    {
        Device device = devices.At("async=yes").Configure(queue: 2, rules: 3);
        device.Run([Create(1), Create(2)]);
        Assert.Contains("the flow queue is full: 2 operations", device.Run(Create(3)), StringComparison.Ordinal);
        device.Run(["flow push @ queue 0", "flow pull @ queue 0"]);
        device.Run([Create(3), "flow push @ queue 0", "flow pull @ queue 0"]);
        Assert.Contains("the template table is full: 3 rules", device.Run(Create(4)), StringComparison.Ordinal);
    }

    [Fact]
    public void Has_less_room_than_was_asked_for_when_told()
    {
        Device device = devices.At("async=yes,quirk=queue_room:1:ENOSPC+table_room:100").Configure(queue: 2);
        device.Run(Create(1));
        string refusal = device.Run(Create(2));
        Assert.Contains("the flow queue is full: 1 operations", refusal, StringComparison.Ordinal);
        Assert.Contains("No space left on device", refusal, StringComparison.Ordinal);
        device.Run(["flow push @ queue 0", "flow pull @ queue 0", Create(2), "flow push @ queue 0", "flow pull @ queue 0"]);
        Assert.Contains("0xa000002", device.Run("flow dump @ all"), StringComparison.Ordinal);

        const string Table = "flow template_table @ create table_id 2 group 0 priority 1 ingress rules_number";
        Assert.Contains(
            "no room for a template table of 101 rules",
            device.Run(Table + " 101 pattern_template 1 actions_template 1"),
            StringComparison.Ordinal);
        Assert.Contains(
            "Template table #2 created",
            device.Run(Table + " 100 pattern_template 1 actions_template 1"),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_an_operation_when_the_device_is_full_with_what_waits()
    {
        Device device = devices.At("async=yes,size=2").Configure();
        device.Run([Create(1), Create(2)]);
        Assert.Contains("the table is full: 2 rules", device.Run(Create(3)), StringComparison.Ordinal);
    }

    [Fact]
    public void Rejected_rule_has_a_handle_until_that_is_destroyed()
    {
        Device device = devices.At("async=yes,quirk=fail_op:1").Configure();
        device.Run([Create(1), "flow push @ queue 0"]);
        Assert.Contains(
            "pulled 1 operations (1 failed, 0 succeeded)", device.Run("flow pull @ queue 0"), StringComparison.Ordinal);
        Assert.DoesNotContain("ipv4.dst", device.Run("flow dump @ all"), StringComparison.Ordinal);
        Assert.Contains(
            "the table has 1 rules", device.Run("flow template_table @ destroy table 1"), StringComparison.Ordinal);
        device.Run("flow queue @ destroy 0 postpone no rule 0");
        Assert.Contains(
            "pulled 1 operations (0 failed, 1 succeeded)", device.Run("flow pull @ queue 0"), StringComparison.Ordinal);
        Assert.Contains(
            "Template table #1 destroyed", device.Run("flow template_table @ destroy table 1"), StringComparison.Ordinal);
    }

    [Fact]
    public void Rule_stays_until_a_flush_when_its_destruction_fails()
    {
        Device device = devices.At("async=yes,quirk=fail_op:2").Configure();
        device.Run([Create(1), "flow push @ queue 0", "flow pull @ queue 0"]);
        device.Run("flow queue @ destroy 0 postpone no rule 0");
        Assert.Contains(
            "pulled 1 operations (1 failed, 0 succeeded)", device.Run("flow pull @ queue 0"), StringComparison.Ordinal);
        Assert.Contains("ipv4.dst", device.Run("flow dump @ all"), StringComparison.Ordinal);
        Assert.Contains(
            "the table has 1 rules", device.Run("flow template_table @ destroy table 1"), StringComparison.Ordinal);

        // testpmd asks for a flush only where it knows of a rule.
        device.Run(["flow create @ ingress pattern eth / end actions drop / end", "flow flush @"]);
        Assert.DoesNotContain("ipv4.dst", device.Run("flow dump @ all"), StringComparison.Ordinal);
        Assert.Contains(
            "Template table #1 destroyed", device.Run("flow template_table @ destroy table 1"), StringComparison.Ordinal);
    }

    [Fact]
    public void Result_comes_a_pull_later_when_the_device_lags()
    {
        Device device = devices.At("async=yes,quirk=pull_lag").Configure();
        device.Run([Create(1), "flow push @ queue 0"]);
        Assert.Contains("pulled 0 operations", device.Run("flow pull @ queue 0"), StringComparison.Ordinal);
        Assert.Contains("pulled 1 operations", device.Run("flow pull @ queue 0"), StringComparison.Ordinal);
    }

    [Fact]
    public void Takes_rules_by_templates_alone_when_told()
    {
        Device device = devices.At("async=only").Configure();
        const string Pattern = "ingress pattern eth / end actions drop / end";
        Assert.Contains("rules by templates only", device.Run("flow create @ " + Pattern), StringComparison.Ordinal);
        Assert.Contains("rules by templates only", device.Run("flow validate @ " + Pattern), StringComparison.Ordinal);
        device.Run([Create(1), "flow push @ queue 0"]);
        Assert.Contains("ipv4.dst", device.Run("flow dump @ all"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "flow pattern_template @ create pattern_template_id 9 ingress template eth / sctp / end",
        "item sctp is not supported")]
    [InlineData(
        "flow pattern_template @ create pattern_template_id 9 ingress template eth / ipv4 proto mask 3 / end",
        "ipv4.proto takes a full mask only")]
    [InlineData(
        "flow pattern_template @ create pattern_template_id 9 egress template eth / end",
        "templates for strict matching of ingress traffic only")]
    [InlineData(
        "flow actions_template @ create ingress actions_template_id 9 template passthru / end mask passthru / end",
        "action passthru is not supported")]
    [InlineData(
        "flow template_table @ create table_id 9 group 0 priority 4 ingress rules_number 3 pattern_template 1 " +
        "actions_template 1",
        "priority 4: the greatest number is 3")]
    [InlineData(
        "flow queue @ create 0 template_table 1 pattern_template 0 actions_template 0 postpone yes " +
        "pattern eth / ipv6 / tcp dst spec 80 / end actions drop / end",
        "item 1 is another one than in the template")]
    [InlineData(
        "flow queue @ create 0 template_table 1 pattern_template 0 actions_template 0 postpone yes " +
        "pattern eth / ipv4 dst spec 10.0.0.1 / tcp / end actions drop / end",
        "item 2 has no values for the template's mask")]
    public void Says_why_it_refuses(string command, string expected)
    {
        Device device = devices.At("async=yes,profile=mlx5").Configure();
        Assert.Contains(expected, device.Run(command), StringComparison.Ordinal);
    }

    private static string Create(int host) => string.Create(
        CultureInfo.InvariantCulture,
        $"flow queue @ create 0 template_table 1 pattern_template 0 actions_template 0 postpone yes " +
        $"pattern eth / ipv4 dst spec 10.0.0.{host} / tcp dst spec 80 / end actions drop / end");

    /// <summary>A port of the session; <c>@</c> in commands stands for its number.</summary>
    internal sealed class Device(TestpmdSession session, int ethPort)
    {
        private readonly string _number = ethPort.ToString(CultureInfo.InvariantCulture);

        internal string Run(string command) => session.Run(command.Replace("@", _number, StringComparison.Ordinal));

        internal void Run(IEnumerable<string> commands) =>
            session.Run([.. commands.Select(command => command.Replace("@", _number, StringComparison.Ordinal))]);

        internal Device Configure(int queue = 8, int rules = 100)
        {
            Run(
            [
                "port stop @",
                $"flow configure @ queues_number 1 queues_size {queue} counters_number 0 aging_counters_number 0 " +
                "meters_number 0 flags 0",
                "port start @",
                "flow pattern_template @ create pattern_template_id 1 ingress template " +
                "eth / ipv4 dst mask 255.255.255.255 / tcp dst mask 0xffff / end",
                "flow actions_template @ create ingress actions_template_id 1 template drop / end mask drop / end",
                $"flow template_table @ create table_id 1 group 0 priority 1 ingress rules_number {rules} " +
                "pattern_template 1 actions_template 1",
            ]);
            return this;
        }
    }

    /// <summary>One testpmd; each test has a port of its own.</summary>
    public sealed class Devices : IDisposable
    {
        private TestpmdSession? _session;
        private int _ports;

        internal Device At(string arguments)
        {
            _session ??= new TestpmdSession(["net_null0"], "--disable-link-check");
            int ethPort = ++_ports;
            string number = ethPort.ToString(CultureInfo.InvariantCulture);
            _session.Run([$"port attach net_emunic{number},{arguments}", $"port start {number}"]);
            return new Device(_session, ethPort);
        }

        public void Dispose() => _session?.Dispose();
    }
}
