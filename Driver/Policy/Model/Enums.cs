namespace NetPolNic.Policy.Model;

/// <summary>Relative to the pod, always: ingress is what it receives.</summary>
public enum Direction : byte
{
    Ingress,
    Egress,
}

/// <summary>What policy decides.</summary>
public enum Verdict : byte
{
    Deny,
    Allow,
}

/// <summary>The protocols a policy can name ports of; the value is the IP protocol number.</summary>
public enum L4Proto : byte
{
    Tcp = 6,
    Udp = 17,
    Sctp = 132,
}

/// <summary>How isolation is decided (SEMANTICS a12).</summary>
public enum IsolationMode : byte
{
    /// <summary>v1beta1 objects by part a, v1 objects by part b, combined by "isolated if either, allowed if either".</summary>
    Auto,

    /// <summary>Every policy by part a: only the namespace annotation isolates.</summary>
    Namespace,

    /// <summary>Every policy by part b: a policy isolates what it selects; the annotation is ignored.</summary>
    Pod,
}

/// <summary>The API version that a policy was written in; it decides what missing and empty lists mean.</summary>
public enum PolicyApi : byte
{
    /// <summary>networking.k8s.io/v1 (SEMANTICS part b).</summary>
    V1,

    /// <summary>extensions/v1beta1 (SEMANTICS part a).</summary>
    V1Beta1,
}
