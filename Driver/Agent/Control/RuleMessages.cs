using System.Collections.Immutable;
using System.Globalization;
using Dpdk.Flow;
using NetPolNic.Agent.Control.V1;
using NetPolNic.Agent.Output;
using NetPolNic.Offload.Apply;
using NetPolNic.Offload.Planning;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Agent.Control;

/// <summary>Rules, punted regions and refusals as messages.</summary>
internal static class RuleMessages
{
    public static NicRule Of(PlannedRule rule, int ethPortId, FlowCounters? counters)
    {
        NicRule message = new()
        {
            EthPort = (uint)ethPortId,
            Key = rule.Key.ToString(),
            Group = rule.Spec.Attr.Group,
            Priority = rule.Spec.Attr.Priority,
            Verdict = Name(rule.Verdict),
            Matches = RuleText.Of(rule),
            Pattern = rule.Pattern,
            Actions = rule.Actions,
            Pod = rule.Pod,
            Direction = Name(rule.Direction),
        };
        message.Origin.AddRange(Lines(rule.Origins));
        if (counters is { } counted)
        {
            message.Hits = counted.Hits;
            message.Bytes = counted.Bytes;
        }

        return message;
    }

    public static V1.PuntedRegion Of(Offload.Planning.PuntedRegion punt, int? ethPortId)
    {
        V1.PuntedRegion message = new()
        {
            Pod = punt.Pod,
            Direction = Name(punt.Direction),
            Region = punt.Region,
            Reason = punt.Reason.ToString(),
            Field = punt.Field,
            Fact = punt.Fact,
        };
        message.Origin.AddRange(Lines(punt.Origins));
        if (ethPortId is { } id)
        {
            message.EthPort = (uint)id;
        }

        return message;
    }

    /// <summary>Regions by reason, most first.</summary>
    public static IEnumerable<PuntReasonCount> ByReason(IEnumerable<V1.PuntedRegion> punts) => punts
        .GroupBy(punt => (punt.Reason, punt.Field))
        .Select(alike => new PuntReasonCount
        {
            Reason = alike.Key.Reason,
            Field = alike.Key.Field,
            Regions = (uint)alike.Count(),
            Pods = (uint)alike.Select(punt => punt.Pod).Distinct(StringComparer.Ordinal).Count(),
            Fact = alike.First().Fact,
        })
        .OrderByDescending(count => count.Regions)
        .ThenBy(count => count.Reason, StringComparer.Ordinal)
        .ThenBy(count => count.Field, StringComparer.Ordinal);

    /// <summary>What a port's driver refuses, those rules together that got the same answer.</summary>
    public static IEnumerable<Refusal> Refusals(int ethPortId, ApplyReport report, PodFilter filter, RuleUsers users)
    {
        IEnumerable<Refusal> created = report.Refused.Where(refused => filter.Has(refused.Rule, users))
            .GroupBy(refused => AnswerOf(refused.Rejection))
            .Select(alike => Of("create", ethPortId, alike.Key, [.. alike.Select(refused => filter.As(refused.Rule, users))], false));
        IEnumerable<Refusal> destroyed = report.Stuck.Where(stuck => filter.Has(stuck.Rule, users))
            .GroupBy(stuck => (Answer: AnswerOf(stuck.Rejection), stuck.Neutralised))
            .Select(alike => Of(
                "destroy", ethPortId, alike.Key.Answer, [.. alike.Select(stuck => filter.As(stuck.Rule, users))], alike.Key.Neutralised));
        return created.Concat(destroyed);
    }

    /// <summary>DROP, PASS or PUNT.</summary>
    public static string Name(RuleVerdict verdict) => verdict.ToString().ToUpperInvariant();

    /// <summary>ingress or egress.</summary>
    public static string Name(Policy.Model.Direction direction) => direction.ToString().ToLowerInvariant();

    public static IEnumerable<string> Lines(ImmutableArray<RuleOrigin> origins) =>
        origins.Select(origin => origin.ToString());

    /// <summary>"TableFull, errno 28: no room".</summary>
    public static string Answer(RuleRejection rejection) => string.Create(
        CultureInfo.InvariantCulture,
        $"{rejection.Reason}, errno {rejection.Errno}{(rejection.Message is { Length: > 0 } text ? $": {text}" : "")}");

    private static (RejectReason Reason, int Errno, string Message) AnswerOf(RuleRejection rejection) =>
        (rejection.Reason, rejection.Errno, rejection.Message ?? "");

    private static Refusal Of(
        string operation,
        int ethPortId,
        (RejectReason Reason, int Errno, string Message) answer,
        PlannedRule[] rules,
        bool neutralised) => new()
        {
            EthPort = (uint)ethPortId,
            Operation = operation,
            Reason = answer.Reason.ToString(),
            Errno = answer.Errno,
            Message = answer.Message,
            Rules = (uint)rules.Length,
            Example = Of(rules[0], ethPortId, null),
            Neutralised = neutralised,
        };
}
