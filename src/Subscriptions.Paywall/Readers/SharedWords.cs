using System.Collections.Concurrent;

namespace Subscriptions.Paywall;

/// <summary>
/// Words that the answers about many readers share (kinds, entitlements, "Paid to the end of 2027-01-31."), kept once and named by a number. A bounded number of short
/// ones: whatever finds no room is written out in full where it is needed.
/// </summary>
internal static class SharedWords
{
    private const int Most = 4_096;
    private const int Longest = 64;
    private static readonly ConcurrentDictionary<string, int> Numbers = new(StringComparer.Ordinal);
    private static readonly string[] Words = new string[Most];
    private static readonly Lock Adding = new();
    private static int _count;

    /// <summary>A word's number, from 0; negative if it has none.</summary>
    public static int NumberOf(string word) => Numbers.TryGetValue(word, out var known) ? known : word.Length > Longest ? -1 : Add(word);

    public static string Word(int number) => Words[number];

    private static int Add(string word)
    {
        lock (Adding)
        {
            if (Numbers.TryGetValue(word, out var known))
                return known;
            if (_count == Most)
                return -1;
            // In its place before its number is known to anybody.
            Words[_count] = word;
            Numbers[word] = _count;
            return _count++;
        }
    }
}
