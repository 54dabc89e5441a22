namespace NetPolNic.Policy.Model;

/// <summary>How isolation is decided (SEMANTICS a12).</summary>
public enum IsolationMode : byte
{
    /// <summary>
    /// v1beta1 objects by part a, v1 objects by part b, combined by "isolated if either, allowed if either".
    /// </summary>
    Auto,

    /// <summary>Every policy by part a: only the namespace annotation isolates.</summary>
    Namespace,

    /// <summary>Every policy by part b: a policy isolates what it selects; the annotation is ignored.</summary>
    Pod,
}
