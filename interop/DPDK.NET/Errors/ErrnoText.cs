using System.Runtime.InteropServices;

namespace Dpdk.Errors;

/// <summary>Errno values of Linux that this binding tells apart, and their texts.</summary>
internal static class ErrnoText
{
    internal const int ENOENT = 2;
    internal const int EIO = 5;
    internal const int EAGAIN = 11;
    internal const int ENOMEM = 12;
    internal const int EBUSY = 16;
    internal const int EEXIST = 17;
    internal const int ENODEV = 19;
    internal const int EINVAL = 22;
    internal const int ENOSPC = 28;
    internal const int ENOSYS = 38;
    internal const int EALREADY = 114;
    internal const int ENOTSUP = 95;

    /// <summary>"EINVAL (22, Invalid argument)"; the name only where it is one of the above.</summary>
    internal static string Describe(int errno)
    {
        string text = Marshal.GetPInvokeErrorMessage(errno);
        string? name = NameOf(errno);
        return name is null ? $"errno {errno} ({text})" : $"{name} ({errno}, {text})";
    }

    private static string? NameOf(int errno) => errno switch
    {
        ENOENT => "ENOENT",
        EIO => "EIO",
        EAGAIN => "EAGAIN",
        ENOMEM => "ENOMEM",
        EBUSY => "EBUSY",
        EEXIST => "EEXIST",
        ENODEV => "ENODEV",
        EINVAL => "EINVAL",
        ENOSPC => "ENOSPC",
        ENOSYS => "ENOSYS",
        EALREADY => "EALREADY",
        ENOTSUP => "ENOTSUP",
        _ => null,
    };
}
