using System.Net;
using System.Net.Sockets;

namespace Subscriptions.Paywall;

/// <summary>
/// Networks and what belongs to them. A look-up takes one probe for each length of prefix that occurs, however many networks there are.
/// IPv4 addresses that arrive as IPv6 are found as what they are.
/// </summary>
/// <typeparam name="T">What belongs to a network.</typeparam>
public sealed class AddressBook<T>
{
    private readonly Dictionary<IPNetwork, List<T>> _entries = [];
    private readonly int[] _lengths4;
    private readonly int[] _lengths6;

    /// <summary>Makes a book.</summary>
    /// <param name="entries">Networks; one may occur more than once.</param>
    public AddressBook(IEnumerable<(IPNetwork Network, T Value)> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        foreach (var (network, value) in entries)
        {
            if (!_entries.TryGetValue(network, out var values))
                _entries[network] = values = [];
            values.Add(value);
        }

        _lengths4 = LengthsOf(AddressFamily.InterNetwork);
        _lengths6 = LengthsOf(AddressFamily.InterNetworkV6);
    }

    /// <summary>Whether there is anything to find.</summary>
    public bool IsEmpty => _entries.Count == 0;

    /// <summary>Everything that belongs to a network which holds the address; the narrowest network first.</summary>
    public IEnumerable<T> Find(IPAddress? address)
    {
        if (address is null)
            yield break;
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        foreach (var length in plain.AddressFamily == AddressFamily.InterNetwork ? _lengths4 : _lengths6)
            if (_entries.TryGetValue(NetworkOf(plain, length), out var values))
                foreach (var value in values)
                    yield return value;
    }

    /// <summary>Reads a network (<c>192.0.2.0/24</c>, <c>2001:db8::/32</c>) or a single address; null for anything else.</summary>
    public static IPNetwork? Parse(string? text)
    {
        if (IPNetwork.TryParse(text, out var network))
            return network;
        return text is not null && !text.Contains('/', StringComparison.Ordinal) && !text.Contains('%', StringComparison.Ordinal) && IPAddress.TryParse(text, out var one)
            ? new IPNetwork(one, one.AddressFamily == AddressFamily.InterNetwork ? 32 : 128)
            : null;
    }

    private int[] LengthsOf(AddressFamily family) =>
        [.. _entries.Keys.Where(network => network.BaseAddress.AddressFamily == family).Select(network => network.PrefixLength).Distinct().OrderDescending()];

    private static IPNetwork NetworkOf(IPAddress address, int length)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var count);
        for (var i = 0; i < count; i++)
        {
            var kept = Math.Clamp(length - (i * 8), 0, 8);
            bytes[i] &= (byte)(0xFF << (8 - kept));
        }

        return new IPNetwork(new IPAddress(bytes[..count]), length);
    }
}
