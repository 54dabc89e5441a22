using NetPolNic.EndToEnd.Tests.Rig;

namespace NetPolNic.EndToEnd.Tests;

/// <summary>
/// Groups of hundreds of peers that are changed in place, in the emulated NIC, with packets in flight after each call and with
/// each call failing in turn: no packet is dropped that the policy in force allows, and the plan is there in the end.
/// </summary>
public sealed class LargeGroupTests
{
    private const string Queue = ",async=only,async_size=64";

    [Theory]
    [InlineData("", "sync")]
    [InlineData(Queue, "async")]
    [InlineData(",async=yes,async_size=1024,quirk=pull_lag", "async")]
    public void Drops_what_the_policy_in_force_denies_after_each_call(string device, string flowApi)
    {
        using NicUnderUpdate nic = new("mlx5", device);
        Assert.Equal(flowApi, nic.FlowApi);
        foreach (LargeBlock policy in LargeBlock.Sequence)
        {
            int rules = nic.Apply(policy);
            Assert.Null(nic.Wrong);
            Assert.Equal((rules, rules), (nic.Rules, nic.Reconciler.Realized.Length));
            (int dropped, int denied) = nic.DropsOf(policy);
            Assert.Equal(denied, dropped);
        }

        Assert.True(nic.Drops > 1000 && nic.Looks > (flowApi == "sync" ? 300 : 30), $"{nic.Drops} {nic.Looks}");
    }

    [Theory]
    [InlineData("", "fail_call", ":EIO")]
    [InlineData("", "fail_call", ":ENOSPC")]
    [InlineData("", "fail_call", ":EINVAL+error_unset")]
    [InlineData(Queue, "fail_call", ":EIO")]
    [InlineData(Queue, "fail_call", ":ENOMEM")]
    [InlineData(Queue, "fail_op", "")]
    public void Is_right_and_converges_when_any_one_call_fails(string device, string what, string more)
    {
        int calls;
        using (NicUnderUpdate nic = new("mlx5", device))
        {
            foreach (LargeBlock policy in LargeBlock.Sequence)
            {
                nic.Apply(policy);
            }

            calls = (int)nic.Reconciler.Calls;
        }

        // All of the first calls, and fewer of the later ones. The very first gives the port its queue: without one it takes none
        // of these rules at all.
        int tried = 0;
        for (int n = device.Length > 0 ? 2 : 1; n <= calls; n += 1 + (n / 6))
        {
            using NicUnderUpdate nic = new("mlx5", FormattableString.Invariant($"{device},quirk={what}:{n}{more}"));
            int rules = 0;
            foreach (LargeBlock policy in LargeBlock.Sequence)
            {
                rules = nic.Apply(policy);
                Assert.True(nic.Wrong is null, $"{what}:{n}: {nic.Wrong}");
            }

            Assert.True(nic.Converges(rules), $"{what}:{n}: {nic.Rules} rules instead of {rules}");
            Assert.True(nic.Wrong is null, $"{what}:{n}: {nic.Wrong}");
            tried++;
        }

        Assert.True(tried > 25, $"{tried} of {calls}");
    }
}
