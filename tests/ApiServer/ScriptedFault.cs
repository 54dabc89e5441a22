namespace NetPolNic.TestApiServer;

/// <summary>A fault that waits for its request. Used under the server's lock.</summary>
internal sealed class ScriptedFault(string? plural, string verb, Fault fault, int times)
{
    private int _left = times;

    public bool IsSpent => _left <= 0;

    public Fault? TryTake(string requestPlural, string requestVerb)
    {
        bool fits = (plural is null || plural == requestPlural) && (verb == "*" || verb == requestVerb);
        if (!fits || _left <= 0)
        {
            return null;
        }

        _left = _left == int.MaxValue ? _left : _left - 1;
        return fault;
    }
}
