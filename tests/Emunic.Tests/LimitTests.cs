using Emunic.Tests.Support;

namespace Emunic.Tests;

/// <summary>The limits of each profile and each quirk: what is refused, with which error.</summary>
public sealed class LimitTests(LimitTests.Devices devices) : IClassFixture<LimitTests.Devices>
{
    private const string Tcp = "eth / ipv4 / tcp";

    [Theory]
    [InlineData(
        "full", "group 63 priority 15",
        "eth / ipv4 src spec 10.0.0.0 src last 10.0.0.9 src mask 255.255.255.255 / sctp dst is 1", "count / drop")]
    [InlineData(
        "full", "", "eth / ipv6 has_frag_ext is 0 / tcp flags spec 2 flags mask 0x12",
        "flag / age timeout 1 / passthru")]
    [InlineData("full", "", "end", "rss queues 0 end")]
    [InlineData(
        "mlx5", "group 63 priority 3",
        "eth / ipv4 src spec 10.0.0.1 src mask 255.0.255.255 / tcp flags spec 2 flags mask 0x12", "count / drop")]
    [InlineData(
        "mlx5", "",
        "eth / ipv4 fragment_offset spec 0 fragment_offset mask 0x3fff proto is 6 / tcp dst spec 1 dst mask 1",
        "mark id 1 / queue index 0")]
    [InlineData(
        "mlx5", "", "eth / vlan vid is 4 / ipv6 has_frag_ext is 0 proto is 58 / icmp6 type spec 1 type mask 1",
        "jump group 3")]
    [InlineData(
        "mlx5", "", "eth / ipv6 / ipv6_frag_ext frag_data spec 0 frag_data mask 0xfff8", "age timeout 5 / drop")]
    [InlineData(
        "ice", "priority 1",
        "eth / ipv4 src spec 10.0.0.0 src prefix 8 / tcp dst spec 2 dst mask 2", "drop")]
    [InlineData("ice", "", "eth / ipv6 dst spec fd00:: dst prefix 8 / udp dst is 9", "queue index 0")]
    [InlineData("i40e", "", "eth / ipv4 src is 10.0.0.1 / udp dst is 53", "mark id 3 / queue index 0")]
    [InlineData("i40e", "", "eth type is 0x88f7", "drop")]
    public void Accepts_what_the_profile_has(string profile, string attributes, string pattern, string actions)
    {
        string answer = devices.Create(profile, attributes, pattern, actions);

        Assert.Contains(" created", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "full", "priority 16", Tcp, "drop", "4 (priority field)", "priority 16: the greatest number is 15",
        "Operation not supported")]
    [InlineData(
        "full", "group 4096", Tcp, "drop", "3 (group field)", "group 4096: the last group is 4095",
        "Operation not supported")]
    [InlineData(
        "full", "", Tcp, "jump group 4096", "15 (action configuration)", "jump to group 4096: the last group is 4095",
        "Operation not supported")]
    [InlineData(
        "full", "", Tcp, "count", "14 (number of actions)", "no action decides the packet's fate", "Invalid argument")]
    [InlineData(
        "full", "", Tcp, "drop / queue index 0", "16 (specific action)", "action queue: the rule has a fate already",
        "Invalid argument")]
    [InlineData(
        "full", "", Tcp, "mark id 1 / mark id 2 / drop", "16 (specific action)", "action mark is there twice",
        "Operation not supported")]
    [InlineData(
        "full", "", Tcp, "queue index 1", "15 (action configuration)", "queue 1: the port has 1 rx queues",
        "Invalid argument")]
    [InlineData(
        "full", "", Tcp, "mark id 16777216 / queue index 0", "15 (action configuration)",
        "mark 0x1000000: an id has 24 bits", "Operation not supported")]
    [InlineData(
        "full", "", Tcp, "dec_ttl / queue index 0", "16 (specific action)",
        "actions of type 35 (DEC_TTL) are not supported", "Operation not supported")]
    [InlineData(
        "full", "", "eth / ipv4 / gre", "drop", "13 (specific pattern item)",
        "items of type 18 (GRE) are not supported", "Operation not supported")]
    [InlineData(
        "full", "", "eth / ipv4 ttl is 64", "drop", "12 (item specification mask)",
        "item ipv4: the mask covers a field that cannot be matched (byte 8)", "Operation not supported")]
    [InlineData(
        "full", "", "eth / ipv4 src mask 255.0.0.0", "drop", "12 (item specification mask)",
        "item ipv4 has mask without spec", "Invalid argument")]
    [InlineData(
        "full", "", "eth / ipv4 / udp dst last 9", "drop", "11 (item specification range)",
        "item udp has last without spec", "Invalid argument")]
    [InlineData(
        "full", "", "eth / ipv4 / udp dst spec 9 dst last 8 dst mask 0xffff", "drop", "11 (item specification range)",
        "the range of udp.dst ends before it starts", "Invalid argument")]
    [InlineData(
        "full", "", "eth / tcp / ipv4", "drop", "13 (specific pattern item)", "item ipv4 cannot follow here",
        "Invalid argument")]
    [InlineData(
        "full", "", "eth / ipv4 / ipv6", "drop", "13 (specific pattern item)", "item ipv6 cannot follow here",
        "Invalid argument")]
    [InlineData(
        "full", "", "eth / ipv4 / ipv4", "drop", "13 (specific pattern item)", "a second ipv4 item is not supported",
        "Operation not supported")]
    [InlineData(
        "full", "", "eth / ipv4 / icmp6", "drop", "13 (specific pattern item)",
        "item icmp6 does not go with the network layer", "Invalid argument")]
    [InlineData(
        "full", "", "eth / ipv6 / icmp", "drop", "13 (specific pattern item)",
        "item icmp does not go with the network layer", "Invalid argument")]
    [InlineData(
        "full", "", "eth / ipv4 / ipv6_frag_ext", "drop", "13 (specific pattern item)",
        "item ipv6_frag_ext does not go with the network layer", "Invalid argument")]
    [InlineData(
        "full", "", "eth / vlan / vlan / vlan", "drop", "13 (specific pattern item)",
        "more than two vlan items are not supported", "Operation not supported")]
    [InlineData(
        "mlx5", "priority 4", Tcp, "drop", "4 (priority field)", "priority 4: the greatest number is 3",
        "Operation not supported")]
    [InlineData(
        "mlx5", "", "eth / ipv4 / sctp", "drop", "13 (specific pattern item)", "item sctp is not supported",
        "Operation not supported")]
    [InlineData(
        "mlx5", "", Tcp, "passthru", "16 (specific action)", "action passthru is not supported",
        "Operation not supported")]
    [InlineData(
        "mlx5", "", "eth / ipv4 / tcp dst spec 80 dst last 90 dst mask 0xffff", "drop", "11 (item specification range)",
        "ranges of tcp.dst are not supported", "Operation not supported")]
    [InlineData(
        "mlx5", "", "eth / ipv4 proto spec 6 proto mask 0xfe", "drop", "12 (item specification mask)",
        "ipv4.proto takes a full mask only", "Operation not supported")]
    [InlineData(
        "ice", "priority 2", Tcp, "drop", "4 (priority field)", "priority 2: the greatest number is 1",
        "Operation not supported")]
    [InlineData(
        "ice", "group 1", Tcp, "drop", "3 (group field)", "group 1: the last group is 0", "Operation not supported")]
    [InlineData(
        "ice", "", "eth / ipv4 / tcp flags spec 2 flags mask 0x12", "drop", "12 (item specification mask)",
        "matching on tcp.flags is not supported", "Operation not supported")]
    [InlineData(
        "ice", "", "eth / ipv4 fragment_offset spec 0 fragment_offset mask 0x3fff", "drop",
        "12 (item specification mask)", "matching on ipv4.frag is not supported", "Operation not supported")]
    [InlineData(
        "ice", "", "eth / ipv6 has_frag_ext is 0", "drop", "12 (item specification mask)",
        "matching on ipv6.has_frag is not supported", "Operation not supported")]
    [InlineData(
        "ice", "", "eth / ipv4 / sctp dst is 9", "drop", "13 (specific pattern item)", "item sctp is not supported",
        "Operation not supported")]
    [InlineData(
        "tags", "", "eth / vlan tci spec 4 tci mask 0x00ff", "drop", "12 (item specification mask)",
        "vlan.tci takes a full mask only", "Operation not supported")]
    [InlineData(
        "i40e", "", "eth / ipv4 proto is 6", "drop", "12 (item specification mask)",
        "matching on ipv4.proto is not supported", "Operation not supported")]
    [InlineData(
        "ice", "", "eth / ipv4 / icmp", "drop", "13 (specific pattern item)", "item icmp is not supported",
        "Operation not supported")]
    [InlineData(
        "ice", "", Tcp, "count / drop", "16 (specific action)", "action count is not supported",
        "Operation not supported")]
    [InlineData(
        "ice", "", Tcp, "jump group 0", "16 (specific action)", "action jump is not supported",
        "Operation not supported")]
    [InlineData(
        "i40e", "priority 1", Tcp, "drop", "4 (priority field)", "priority 1: the greatest number is 0",
        "Operation not supported")]
    [InlineData(
        "i40e", "", "eth / vlan", "drop", "13 (specific pattern item)", "item vlan is not supported",
        "Operation not supported")]
    [InlineData(
        "i40e", "", "eth / ipv4 src spec 10.0.0.0 src prefix 24", "drop", "12 (item specification mask)",
        "ipv4.src takes a full mask only", "Operation not supported")]
    [InlineData(
        "i40e", "", "eth / ipv6 src spec fd00:: src prefix 64", "drop", "12 (item specification mask)",
        "ipv6.src takes a full mask only", "Operation not supported")]
    [InlineData(
        "i40e", "", "eth / ipv4 / tcp dst spec 1024 dst prefix 6", "drop", "12 (item specification mask)",
        "tcp.dst takes a full mask only", "Operation not supported")]
    [InlineData(
        "i40e", "", "eth src is 02:00:00:00:00:01", "drop", "12 (item specification mask)",
        "matching on eth.src is not supported", "Operation not supported")]
    [InlineData(
        "prefixes", "", "eth / ipv4 src spec 10.0.0.1 src mask 255.0.0.255", "drop", "12 (item specification mask)",
        "ipv4.src takes a prefix mask only", "Operation not supported")]
    [InlineData(
        "prefixes", "", "eth / ipv6 src spec fd00::1 src mask ffff::1", "drop", "12 (item specification mask)",
        "ipv6.src takes a prefix mask only", "Operation not supported")]
    [InlineData("prefixes", "", "eth / ipv6", "drop / end actions drop", "", "Bad arguments", "")]
    public void Refuses_what_the_profile_lacks(
        string profile, string attributes, string pattern, string actions, string type, string message, string errno)
    {
        string answer = devices.Create(profile, attributes, pattern, actions);

        Assert.DoesNotContain(" created", answer, StringComparison.Ordinal);
        Assert.Contains(message, answer, StringComparison.Ordinal);
        Assert.Contains(type.Length > 0 ? "Caught PMD error type " + type : "", answer, StringComparison.Ordinal);
        Assert.Contains(errno.Length > 0 ? $"{message}: {errno}" : "", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("transfer", "7 (transfer field)", "transfer rules are not supported: Operation not supported")]
    [InlineData("egress", "6 (egress field)", "egress rules are not supported: Operation not supported")]
    [InlineData("", "5 (ingress field)", "the rule has no direction: Invalid argument")]
    public void Refuses_other_directions_than_ingress(string direction, string type, string message)
    {
        string answer = devices.Session.Run(
            $"flow create {Devices.EthPort("full")} {direction} pattern eth / end actions drop / end");

        Assert.Contains("Caught PMD error type " + type, answer, StringComparison.Ordinal);
        Assert.Contains(message, answer, StringComparison.Ordinal);
    }

    [Fact]
    public void Accepts_prefixes_when_the_kind_is_prefix()
    {
        Assert.Contains(
            " created", devices.Create("prefixes", "", "eth / ipv4 src spec 10.0.0.0 src prefix 9", "drop"),
            StringComparison.Ordinal);
        Assert.Contains(
            " created", devices.Create("prefixes", "", "eth / ipv6 src spec fd00:: src prefix 65", "drop"),
            StringComparison.Ordinal);
        Assert.Contains(
            " created", devices.Create("prefixes", "", "eth / ipv6 src is fd00::1", "drop"), StringComparison.Ordinal);
    }

    [Fact]
    public void Is_full_when_the_table_holds_its_size()
    {
        string[] answers =
            [.. Enumerable.Range(1, 3).Select(i => devices.Create("small", "", $"eth / udp dst is {i}", "drop"))];
        devices.Session.Run($"flow destroy {Devices.EthPort("small")} rule 0");
        string after = devices.Create("small", "", "eth / udp dst is 9", "drop");

        Assert.Contains(" created", answers[1], StringComparison.Ordinal);
        Assert.Contains(
            "error type 1 (cause unspecified): the table is full: 2 rules: No space left on device", answers[2],
            StringComparison.Ordinal);
        Assert.Contains(" created", after, StringComparison.Ordinal);
    }

    [Fact]
    public void Is_full_before_its_size_when_told_enospc()
    {
        Assert.Contains(
            " created", devices.Create("enospc", "", "eth / udp dst is 1", "drop"), StringComparison.Ordinal);
        Assert.Contains(
            "No space left on device", devices.Create("enospc", "", "eth / udp dst is 2", "drop"),
            StringComparison.Ordinal);
        Assert.Contains("validated", devices.Validate("enospc", "eth / udp dst is 2"), StringComparison.Ordinal);
    }

    [Fact]
    public void Fails_the_nth_insertion_once_when_told_fail_nth()
    {
        string[] answers =
            [.. Enumerable.Range(1, 3).Select(i => devices.Create("failing", "", $"eth / udp dst is {i}", "drop"))];

        Assert.Contains(" created", answers[0], StringComparison.Ordinal);
        Assert.Contains("insertion 2 failed as told: Device or resource busy", answers[1], StringComparison.Ordinal);
        Assert.Contains(" created", answers[2], StringComparison.Ordinal);
    }

    [Fact]
    public void Validates_what_it_cannot_create_when_told_validate_lies()
    {
        Assert.Contains(
            "validated", devices.Validate("lying", "eth / ipv4 src spec 10.0.0.0 src prefix 8"),
            StringComparison.Ordinal);
        Assert.Contains(
            "ipv4.src takes a full mask only",
            devices.Create("lying", "", "eth / ipv4 src spec 10.0.0.0 src prefix 8", "drop"), StringComparison.Ordinal);
    }

    /// <summary>One testpmd with a device for each profile and quirk.</summary>
    public sealed class Devices : IDisposable
    {
        private static readonly (string Name, string Arguments)[] s_devices =
        [
            ("full", "profile=full"), ("mlx5", "profile=mlx5"), ("ice", "profile=ice"), ("i40e", "profile=i40e"),
            ("prefixes", "masks=*:prefix"), ("tags", "masks=vlan.tci:exact"), ("small", "size=2"), ("enospc", "quirk=enospc:1"),
            ("failing", "quirk=fail_nth:2:EBUSY"), ("lying", "quirk=validate_lies,profile=i40e"),
        ];

        internal TestpmdSession Session { get; } =
            new([.. s_devices.Select((d, i) => $"net_emunic{i},{d.Arguments}")]);

        internal static int EthPort(string name) => Array.FindIndex(s_devices, d => d.Name == name);

        internal string Create(string device, string attributes, string pattern, string actions)
        {
            string end = pattern == "end" ? pattern : pattern + " / end";
            return Session.Run(
                $"flow create {EthPort(device)} {attributes} ingress pattern {end} actions {actions} / end");
        }

        internal string Validate(string device, string pattern) =>
            Session.Run($"flow validate {EthPort(device)} ingress pattern {pattern} / end actions drop / end");

        public void Dispose() => Session.Dispose();
    }
}
