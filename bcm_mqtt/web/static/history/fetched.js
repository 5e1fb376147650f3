// Data from the API, or an error with what the server says against it.

export async function fetched(url) {
  let response;
  try {
    response = await fetch(url);
  } catch {
    throw new Error("The server cannot be reached.");
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(body.error ?? response.statusText);
  return body;
}
