using Dpdk.Flow;
using NetPolNic.Offload.Planning;

namespace NetPolNic.Offload.Interpreter;

/// <summary>What a NIC does with a packet.</summary>
/// <param name="Verdict">Dropped, passed (delivered with the pass mark), or punted (delivered).</param>
/// <param name="Rule">The rule that decided, or null: no rule matches, so the packet is delivered.</param>
/// <param name="IsAmbiguous">
/// Another rule of the same group and priority matches too and would do something else; rte_flow does not say which
/// wins. Or the packet was sent to a group where no rule matches it: rte_flow does not say what becomes of it.
/// </param>
public readonly record struct TableDecision(RuleVerdict Verdict, FlowSpec? Rule, bool IsAmbiguous);
